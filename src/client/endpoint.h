/* endpoint.h -- where a client sends its requests, from one word.
 *
 *     http://HOST[:PORT]     https://HOST[:PORT]     a server, or anything else that speaks
 * DynamoDB unix:PATH                                      a server's socket on this machine
 *     aws:REGION                                     Amazon DynamoDB
 *     aws:                                           the same, in the region that is set elsewhere
 *
 * Memory: everything is in the arena given.
 */
#ifndef STATOR_CLIENT_ENDPOINT_H
#define STATOR_CLIENT_ENDPOINT_H

#include "base/error.h"
#include "client/operation.h"

struct endpoint {
    const char *urls[OPERATION_SERVICES];  /* one for each service; at AWS they differ */
    struct span hosts[OPERATION_SERVICES]; /* what the Host header says */
    const char *unix_path;                 /* NULL: over the network */
    const char *region;                    /* of aws:REGION; else NULL */
    bool is_aws;
    bool is_loopback; /* never sent through a proxy */
};

/* Read `text`. ST_VALIDATION (err says what is wrong), ST_NO_MEMORY. */
MUST_USE status endpoint_read(struct arena *arena, const char *text, struct endpoint *out,
                              struct error *err);

/* Fill in the urls and hosts of an endpoint at AWS, now that its region is known; nothing to do for
 * others. ST_VALIDATION (no name of a region), ST_NO_MEMORY. */
MUST_USE status endpoint_aim(struct arena *arena, struct endpoint *endpoint, struct span region,
                             struct error *err);

#endif
