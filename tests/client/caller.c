/* caller.c -- see caller.h. */
#include "client/caller.h"

void caller_open_for(struct caller *caller, const struct client_options *options,
                     struct script *script)
{
    *caller = (struct caller){.script = script};
    fake_os_init(&caller->fake);
    arena_init(&caller->arena, support_mem(), 1 << 20);
    buf_init(&caller->reply, support_mem(), CALLER_REPLY_BYTES);
    caller->report = client_report_in(&caller->arena);
    struct error err = error_in(&caller->arena);
    struct client_options all = *options;
    all.mem = support_mem();
    if (all.os == NULL) all.os = &caller->fake.os;
    if (all.endpoint == NULL) all.endpoint = script_url(script);
    if (all.access_key == NULL) {
        all.access_key = "AKIDEXAMPLE";
        all.secret_key = "secret";
    }
    if (client_open(&all, &caller->client, &err) != ST_OK)
        fail_msg("%.*s", SPAN_ARG(error_text(&err)));
}

void caller_open(struct caller *caller, const struct client_options *options,
                 const struct script_step *steps, size_t step_count)
{
    const struct script_options plain = {0};
    caller_open_for(caller, options, script_start(&plain, steps, step_count));
}

status caller_send(struct caller *caller, const struct client_request *request)
{
    arena_reset(&caller->arena);
    return client_call(caller->client, request, &caller->reply, &caller->report);
}

status caller_call(struct caller *caller, const char *operation, const char *body)
{
    const struct client_request request = {.operation = span_of(operation), .body = span_of(body)};
    return caller_send(caller, &request);
}

void caller_close(struct caller *caller)
{
    client_close(caller->client);
    script_stop(caller->script);
    buf_deinit(&caller->reply);
    arena_deinit(&caller->arena);
    support_mem_check();
}
