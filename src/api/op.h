/* op.h -- what an operation is, and what it is given.
 *
 *     api_start   find the operation by X-Amz-Target
 *                 -> zeroed request struct, filled and checked by field.h
 *                 -> run(call, in)
 *                 -> "{" what run or finish wrote to call->reply "}", or an error body
 *
 * An operation is one file, <stem>.c, and one line in ops.def:
 *
 *     struct list_tables_in { … };
 *     static const struct field list_tables_fields[] = { … };
 *     static status list_tables_run(struct call *call, struct list_tables_in *in) { … }
 *     OP_DEFINE(list_tables)
 *
 * A reading operation answers within run. One that writes starts its write in run and answers in
 * finish:
 *
 *     struct delete_table_in {
 *         struct span table_name;
 *         struct engine_table_write write;      kept from run to finish; no field names it
 *     };
 *     static status delete_table_run(struct call *call, struct delete_table_in *in)
 *     {
 *         in->write = (struct engine_table_write){.verb = …, .name = in->table_name};
 *         return table_change_start(call, &in->write);      its done is op_done
 *     }
 *     static status delete_table_finish(struct call *call, struct delete_table_in *in, status st)
 *     {
 *         return table_change_finish(call, &in->write, st); writes the reply, drops what was held
 *     }
 *     OP_DEFINE_WRITE(delete_table)
 *
 * Operations that differ in little share their struct and the way through it: item_write.h,
 * item_page.h.
 *
 * O1  run returns a failed status: the call is answered with call->err at once, and finish is not
 *     called. From an operation with finish, ST_OK means that the write is under way and op_done
 *     will be called; run may not touch the call or `in` after the engine took the write.
 * O2  finish is called exactly once for each ST_OK of run, on the call's thread, with the status
 *     of the write.
 * O3  Whatever was written to call->reply before a failure is dropped.
 *
 * Memory: `call` and `in` live in the request's arena.
 */
#ifndef STATOR_API_OP_H
#define STATOR_API_OP_H

#include "api/api.h"
#include "api/caller.h"
#include "api/field.h"
#include "api/reply_writer.h"

struct op;
struct call_throttle; /* throttled.h */

/* The names and values of one part of a request; most requests have one part. */
struct call_scope {
    struct expr_scope scope;
    struct call_scope *next;
};

/* Why one action of a transaction failed, or ST_OK in `err`: it did not. */
struct call_reason {
    const struct error *err;
    struct value item;                  /* the old item where it was asked for, or VALUE_NONE */
    const struct engine_misfit *misfit; /* or NULL */
};

/* One request on its way. */
struct call {
    struct caller caller;
    const struct engine_space *engine; /* the caller's part of it */
    const struct os *os;               /* for its clock */
    struct expr_cache *cache;          /* of the call's thread */
    api_wording wording;               /* of what is wrong with the request (wording.h) */
    struct arena *arena;
    struct error *err;          /* FAIL(call->err, …) */
    struct reply_writer *reply; /* inside the reply's object: write members */

    /* The expressions of this request, released when the reply is written; NULL: there are none. */
    struct call_scope *scopes;
    /* The item that stands beside ConditionalCheckFailedException, or VALUE_NONE. */
    struct value refused_item;
    /* CancellationReasons, beside TransactionCanceledException. */
    const struct call_reason *reasons;
    uint32_t reason_count;
    const struct engine_misfit *misfit; /* of a ValidationException, or NULL */
    struct call_throttle *throttles;    /* ThrottlingReasons; NULL: there are none */
    bool explains;                      /* the caller wants to know why (explain.h), … */
    struct span explanation;            /* … and is told this */
    struct span host; /* Host of the request, or empty: the address by which the client came */
    bool has_no_body; /* the reply is empty instead of an object; and */
    bool is_over;     /* … there is nothing to come either: 204 */
    const uint64_t *if_version; /* of calls from within: that the item must have; or NULL */
    struct span index_scope;    /* likewise: of the global index that UpdateTable makes; or empty */
    uint64_t *version;          /* answer: that the item has */

    /* private to api.c, but that a feed reads what its path and query say of `outer` */
    const struct op *op;
    const char *op_name; /* "GetItem" */
    void *in;
    struct api_call *outer;
    status written;
};

typedef status(op_run_fn)(struct call *call, void *in);
typedef status(op_finish_fn)(struct call *call, void *in, status st);

struct op {
    struct field_shape shape;
    op_run_fn *run;
    op_finish_fn *finish; /* NULL: run answers */
};

/* The engine's done function for every write: done_ctx is the call. Any thread. */
void op_done(void *call, status st);

/* Define `op_<stem>` from struct <stem>_in, <stem>_fields and <stem>_run. */
#define OP_DEFINE(stem) OP_DEFINE_OF(stem, stem##_in)

/* As OP_DEFINE, of a request struct that several operations have. */
#define OP_DEFINE_OF(stem, in_tag)                                                                 \
    static status stem##_run_any(struct call *call, void *in)                                      \
    {                                                                                              \
        return stem##_run(call, in);                                                               \
    }                                                                                              \
    extern const struct op op_##stem;                                                              \
    const struct op op_##stem = {                                                                  \
        .shape = FIELD_SHAPE(#stem, in_tag, stem##_fields),                                        \
        .run = stem##_run_any,                                                                     \
    };

/* As OP_DEFINE, for an operation without parameters: <stem>_run takes the call alone. */
#define OP_DEFINE_BARE(stem)                                                                       \
    static status stem##_run_any(struct call *call, void *in)                                      \
    {                                                                                              \
        (void)in;                                                                                  \
        return stem##_run(call);                                                                   \
    }                                                                                              \
    extern const struct op op_##stem;                                                              \
    const struct op op_##stem = {                                                                  \
        .shape = {.name = #stem, .size = 1},                                                       \
        .run = stem##_run_any,                                                                     \
    };

/* As OP_DEFINE, with <stem>_finish. */
#define OP_DEFINE_WRITE(stem) OP_DEFINE_WRITE_OF(stem, stem##_in)

/* As OP_DEFINE_OF, with <stem>_finish. */
#define OP_DEFINE_WRITE_OF(stem, in_tag)                                                           \
    static status stem##_run_any(struct call *call, void *in)                                      \
    {                                                                                              \
        return stem##_run(call, in);                                                               \
    }                                                                                              \
    static status stem##_finish_any(struct call *call, void *in, status st)                        \
    {                                                                                              \
        return stem##_finish(call, in, st);                                                        \
    }                                                                                              \
    extern const struct op op_##stem;                                                              \
    const struct op op_##stem = {                                                                  \
        .shape = FIELD_SHAPE(#stem, in_tag, stem##_fields),                                        \
        .run = stem##_run_any,                                                                     \
        .finish = stem##_finish_any,                                                               \
    };

#endif
