/* line_reply.c -- see line_reply.h.
 *
 * An error has a name, by which programs tell it, and a message for people. Operations name what
 * they find themselves; what the api refuses is named by its status and, where one status has many
 * reasons, by what the message begins with or holds.
 */
#include "lines/line_reply.h"

#include <assert.h>

#include "db/render.h"
#include "item/plain.h"

#define REASONS "CancellationReasons"

void line_reply_begin(struct line_turn *turn)
{
    json_writer_init(&turn->json, turn->outer->reply);
    json_writer_object_begin(&turn->json);
    json_writer_member_bool(&turn->json, "ok", true);
}

void line_reply_end(struct line_turn *turn)
{
    json_writer_object_end(&turn->json);
}

void line_reply_ok(struct line_turn *turn)
{
    line_reply_begin(turn);
    line_reply_end(turn);
}

void line_reply_member(struct line_turn *turn, const char *name, struct value v)
{
    if (v.type == VALUE_NONE) return;
    json_writer_key(&turn->json, span_of(name));
    plain_write(&turn->json, v);
}

void line_reply_item(struct line_turn *turn, struct value item)
{
    line_reply_begin(turn);
    line_reply_member(turn, "item", item);
    line_reply_end(turn);
}

/* ---- names of errors */

static const struct status_name {
    status st;
    const char *name;
} status_names[] = {
    {ST_NO_MEMORY,        "OutOfMemory"               },
    {ST_IO,               "StorageError"              },
    {ST_CORRUPT,          "StorageError"              },
    {ST_BUSY,             "ServerStopping"            },
    {ST_LIMIT,            "ResponseTooLarge"          },
    {ST_VALIDATION,       "ValidationError"           },
    {ST_SERIALIZATION,    "ParseError"                },
    {ST_TOO_LARGE,        "LineTooLong"               },
    {ST_TIMEOUT,          "LineTooSlow"               },
    {ST_TOO_DEEP,         "InvalidExpression"         },
    {ST_CONDITION_FAILED, "ConditionCheckFailed"      },
    {ST_VERSION,          "VersionMismatch"           },
    {ST_NOT_FOUND,        "TableNotFound"             },
    {ST_IN_USE,           "TableAlreadyExists"        },
    {ST_LIMIT_EXCEEDED,   "LimitExceeded"             },
    {ST_TX_CONFLICT,      "Conflict"                  },
    {ST_TX_CANCELED,      "TransactionConditionFailed"},
    {ST_THROTTLED,        "Throttled"                 },
    {ST_OVER_MAXIMUM,     "Throttled"                 },
    {ST_COLLECTION_SIZE,  "CollectionTooLarge"        },
};

/* What the many reasons of a ValidationException are told apart by. */
static const struct reason_name {
    const char *part, *name;
} reason_names[] = {
    {"Partition schema not found",         "PartitionSchemaNotFound"         },
    {"Partition schema already exists",    "PartitionSchemaAlreadyExists"    },
    {"Partition schema has indexes",       "PartitionSchemaHasIndexes"       },
    {"A partition schema needs a table",   "PartitionSchemaRequiresStringKey"},
    {"Expression",                         "InvalidExpression"               },
    {"Item size",                          "DocumentTooLarge"                },
    {"part of the key",                    "KeyAttributeUpdate"              },
    {"incorrect data type",                "UpdateTypeMismatch"              },
    {"operand type",                       "UpdateTypeMismatch"              },
    {"exceeded the maximum size limit of", "KeyTooLarge"                     },
    {"has exceeded the maximum size",      "KeyTooLarge"                     },
    {"already exists",                     "IndexAlreadyExists"              },
    {"not have the specified index",       "IndexNotFound"                   },
    {"Starting Key",                       "InvalidCursor"                   },
    {"starting key",                       "InvalidCursor"                   },
};

static const char *name_of(status st, struct span message)
{
    for (size_t i = 0; st == ST_VALIDATION && i < ARRAY_COUNT(reason_names); i++)
        if (span_contains(message, span_of(reason_names[i].part))) return reason_names[i].name;
    for (size_t i = 0; i < ARRAY_COUNT(status_names); i++)
        if (status_names[i].st == st) return status_names[i].name;
    return "InternalError";
}

/* ---- what the api says of its refusals */

static struct value member_of(struct value map, const char *name)
{
    struct value v = {0};
    if (map.type != VALUE_M || !value_find(map, span_of(name), &v)) return (struct value){0};
    return v;
}

static struct span text_of(struct value map, const char *name)
{
    return member_of(map, name).body;
}

void line_reply_note_misfit(struct line_turn *turn, struct value prefix, struct value errors)
{
    turn->failure.name = "ValidationFailed";
    turn->failure.prefix = prefix;
    turn->failure.errors = errors;
}

/* Is `refusal`, an error or a reason, for a partition schema? */
static void take_misfit(struct line_turn *t, struct value refusal)
{
    const struct value errors = member_of(refusal, "SchemaErrors");
    if (errors.type != VALUE_NONE)
        line_reply_note_misfit(t, member_of(refusal, "PartitionSchema"), errors);
}

/* The first of the reasons that is one: {"Code":"None"} is of an action that did not fail. */
static void take_reason(struct line_turn *t, struct value reasons)
{
    struct value_cursor cursor = value_walk(reasons);
    struct value reason = {0};
    for (uint32_t i = 0; value_next_element(&cursor, &reason); i++) {
        const struct span code = text_of(reason, "Code");
        const struct span message = text_of(reason, "Message");
        if (span_eq(code, SPAN("None"))) continue;
        t->failure.has_index = true;
        t->failure.index = i;
        (void)FAIL(&t->err, ST_TX_CANCELED, "%.*s", SPAN_ARG(message));
        if (span_eq(code, SPAN("TransactionConflict"))) t->failure.name = "Conflict";
        if (span_eq(code, SPAN("ValidationError")))
            t->failure.name = name_of(ST_VALIDATION, message);
        t->failure.item = member_of(reason, "Item");
        take_misfit(t, reason);
        return;
    }
}

void line_reply_take_error(struct line_turn *turn)
{
    const struct value answer = turn->ask.answer;
    struct span message = text_of(answer, "message");
    struct value reasons = {0};
    if (message.len == 0) message = text_of(answer, "Message");
    if (message.len == 0)
        (void)FAIL_PLAIN(&turn->err, turn->ask.outcome);
    else
        (void)FAIL(&turn->err, turn->ask.outcome, "%.*s", SPAN_ARG(message));
    if (answer.type != VALUE_M) return;
    turn->failure.item = member_of(answer, "Item");
    take_misfit(turn, answer);
    if (value_find(answer, SPAN(REASONS), &reasons)) take_reason(turn, reasons);
}

/* ---- the answer of a failure */

/* The condition that did not hold, as a person would write it. */
static struct span shown(struct line_turn *t, const stator_cond *condition)
{
    struct render render;
    struct span text = {0};
    struct error ignored = error_in(t->arena);
    render_begin(&render, t->arena, STATOR_DEPTH, &ignored);
    render.shown = true;
    if (render_condition(&render, condition, &text) != ST_OK) return (struct span){0};
    return text;
}

/* Only a refusal by the condition is told in its words. */
static void write_condition(struct line_turn *t, status st)
{
    if (st != ST_CONDITION_FAILED && st != ST_TX_CANCELED) return;
    if (t->failure.why == NULL || t->failure.name != NULL) return;
    const struct span text = shown(t, t->failure.why);
    if (text.len == 0) return;
    (void)FAIL(&t->err, ST_CONDITION_FAILED, "the condition does not hold: %.*s", SPAN_ARG(text));
}

void line_reply_error(struct line_turn *turn, status st)
{
    struct buf *reply = turn->outer->reply;
    struct line_failure *failure = &turn->failure;
    write_condition(turn, st);
    const struct span message = error_text(&turn->err);
    if (failure->name == NULL) failure->name = name_of(st, message);
    buf_clear(reply);
    json_writer_init(&turn->json, reply);
    json_writer_object_begin(&turn->json);
    json_writer_member_string(&turn->json, "error", span_of(failure->name));
    json_writer_member_string(&turn->json, "message", message);
    if (failure->has_index) json_writer_member_i64(&turn->json, "operation_index", failure->index);
    if (failure->has_versions) {
        json_writer_member_i64(&turn->json, "expected", (int64_t)failure->expected);
        json_writer_member_i64(&turn->json, "actual", (int64_t)failure->actual);
    }
    line_reply_member(turn, "item", failure->item);
    line_reply_member(turn, "prefix", failure->prefix);
    line_reply_member(turn, "errors", failure->errors);
    json_writer_object_end(&turn->json);
}

void line_reply_explain(struct line_turn *turn)
{
    struct buf *reply = turn->outer->reply;
    const struct span line = turn->ask.explanation;
    const struct span name = SPAN(",\"explanation\":");
    const size_t len = buf_view(reply).len;
    if (line.len == 0 || buf_status(reply) != ST_OK) return;
    if (buf_reserve(reply, name.len + line.len) == NULL) {
        reply->failed = ST_OK; /* of the answer nothing is missing */
        return;
    }
    assert(len > 0);
    assert(reply->ptr[len - 1] == '}');
    buf_truncate(reply, len - 1);
    buf_put(reply, name);
    buf_put(reply, line);
    buf_put(reply, SPAN("}"));
}

void line_reply_plain_error(struct buf *reply, status st, const char *message)
{
    struct json_writer json;
    json_writer_init(&json, reply);
    json_writer_object_begin(&json);
    json_writer_member_string(&json, "error", span_of(name_of(st, span_of(message))));
    json_writer_member_string(&json, "message", span_of(message));
    json_writer_object_end(&json);
}
