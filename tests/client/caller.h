/* caller.h -- a client, a scripted server for it, and what a call leaves behind.
 *
 *     struct caller caller;
 *     caller_open(&caller, &(struct client_options){0}, steps, ARRAY_COUNT(steps));
 *     assert_int_equal(caller_call(&caller, "GetItem", "{}"), ST_OK);
 *     … caller.reply, caller.report, caller.fake.pauses_us …
 *     caller_close(&caller);
 *
 * The clock is a fake one unless the options name another: pauses take no time. Memory is
 * support_mem's, and all of it must be given back.
 */
#ifndef STATOR_TESTS_CLIENT_CALLER_H
#define STATOR_TESTS_CLIENT_CALLER_H

#include "client/client.h"
#include "client/script.h"
#include "support/fake_os.h"
#include "support/support.h"

enum { CALLER_REPLY_BYTES = 4 << 20 };

struct caller {
    struct fake_os fake;
    struct script *script;
    struct client *client;
    struct arena arena;
    struct buf reply;
    struct client_report report;
};

/* Start a script on 127.0.0.1 and open a client for it with `options`; what they leave out of mem,
 * os, endpoint and credentials is filled in. */
void caller_open(struct caller *caller, const struct client_options *options,
                 const struct script_step *steps, size_t step_count);

/* As caller_open, with a script that was started before. */
void caller_open_for(struct caller *caller, const struct client_options *options,
                     struct script *script);

status caller_call(struct caller *caller, const char *operation, const char *body);
status caller_send(struct caller *caller, const struct client_request *request);

void caller_close(struct caller *caller);

#endif
