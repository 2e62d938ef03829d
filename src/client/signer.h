/* signer.h -- the headers of a request, signature included.
 *
 *     signer_init -> signer_headers … -> signer_deinit
 *
 * Keeps what signing again and again would make again: the key of the day, and how far the
 * service's clock is from ours. Threads: any.
 */
#ifndef STATOR_CLIENT_SIGNER_H
#define STATOR_CLIENT_SIGNER_H

#include "auth/auth_date.h"
#include "auth/sigv4.h"
#include "client/identity.h"
#include "client/operation.h"
#include "os/mutex.h"

struct signer {
    /* constant after signer_init */
    const struct os *os;
    struct identity identity; /* with a region; the spans are the owner's */

    struct mutex lock;
    /* below: held under lock */
    int64_t skew_s GUARDED_BY(lock);                       /* the service's clock, less ours */
    uint8_t key_day[AUTH_DATE_DAY_BYTES] GUARDED_BY(lock); /* all zero: no key yet */
    struct sigv4_key key GUARDED_BY(lock);
};

void signer_init(struct signer *signer, const struct os *os, const struct identity *identity);

/* Forgets the key. */
void signer_deinit(struct signer *signer);

/* What is asked, and of whom. */
struct signer_request {
    operation_service service;
    struct span operation; /* "PutItem"; letters and digits, or ST_VALIDATION */
    struct span host;
    struct span body;
    bool explains; /* x-stator-explain: a header that AWS does not look at */
};

/* The headers of `request`, sent now: "Name: value" each, ending with NULL, in `arena`. ST_LIMIT,
 * ST_VALIDATION, ST_NO_MEMORY. */
MUST_USE status signer_headers(struct signer *signer, const struct signer_request *request,
                               struct arena *arena, const char *const **out);

/* The service refused a signature, and says in its Date header what time it has. Was the signature
 * made at another time, so that it is worth signing again? Then the difference is kept. */
MUST_USE bool signer_learn_time(struct signer *signer, struct span date);

#endif
