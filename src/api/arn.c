/* arn.c -- what an ARN names, and what is said of one that names no table here.
 *
 * A ResourceArn is judged in the service's order: the text is an ARN; it is DynamoDB's; it names a
 * kind of thing that may have tags; the account; the region; a table, neither index nor stream. A
 * TableName: its form, partition, region and kind, as constraints; the account after all
 * constraints.
 */
#include "api/arn.h"

#include <assert.h>

#include "base/limits.h"

#define INVALID "One or more parameter values were invalid: "

/* Take what stands before the first `end` off `rest`, and `end` with it. False: there is none. */
static bool take_until(struct span *rest, uint8_t end, struct span *out)
{
    size_t len = 0;
    while (len < rest->len && rest->ptr[len] != end) len++;
    if (len == rest->len) return false;
    *out = span_take(*rest, len);
    *rest = span_drop(*rest, len + 1);
    return true;
}

/* ---- TableName */

struct arn_parts {
    struct span partition, service, region, account, kind, name;
};

/* arn:PARTITION:SERVICE:REGION:ACCOUNT:KIND/NAME. False: `text` is not so. */
static bool read_parts(struct span text, struct arn_parts *parts)
{
    struct span rest = span_drop(text, 4);
    struct span *const heads[] = {&parts->partition, &parts->service, &parts->region,
                                  &parts->account};
    for (size_t i = 0; i < ARRAY_COUNT(heads); i++)
        if (!take_until(&rest, ':', heads[i])) return false;
    if (!take_until(&rest, '/', &parts->kind)) return false;
    parts->name = rest;
    return span_eq(parts->service, SPAN("dynamodb"));
}

static bool is_table_name(struct span name)
{
    return name.len >= LIMIT_TABLE_NAME_BYTES_MIN && name.len <= LIMIT_TABLE_NAME_BYTES &&
           field_is_name(name);
}

static status fail_denied(struct error *err)
{
    return FAIL(err, ST_ACCESS_DENIED, "Access is denied");
}

status arn_name(const struct arn_here *here, struct span text, struct arn_called *out,
                struct error *err)
{
    assert(span_starts_with(text, SPAN("arn:")));
    struct arn_parts parts = {0};
    *out = (struct arn_called){.name = text};
    if (text.len > LIMIT_TABLE_ARN_BYTES || !read_parts(text, &parts)) return ST_OK;
    const struct {
        bool wrong;
        const char *what;
    } rules[] = {
        {!span_eq(parts.partition, SPAN("aws")),   "AWS partition"},
        {!span_eq(parts.region,    here->region),  "AWS region"   },
        {!span_eq(parts.kind,      SPAN("table")), "resource type"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rules); i++) {
        if (!rules[i].wrong) continue;
        return FAIL(err, ST_VALIDATION, "1 validation error detected: Invalid %s in '%.*s'",
                    rules[i].what, SPAN_ARG(text));
    }
    if (!is_table_name(parts.name)) return ST_OK;
    *out = (struct arn_called){parts.name, true, !span_eq(parts.account, here->account)};
    return ST_OK;
}

bool arn_stream(const struct arn_here *here, struct span text, struct arn_stream *out)
{
    struct arn_parts parts = {0};
    const struct span kind = SPAN("stream/");
    if (!span_starts_with(text, SPAN("arn:")) || !read_parts(text, &parts)) return false;
    const bool is_here = span_eq(parts.partition, SPAN("aws")) &&
                         span_eq(parts.region, here->region) && span_eq(parts.kind, SPAN("table"));
    struct span rest = parts.name;
    struct span table_name = {0};
    if (!is_here || !take_until(&rest, '/', &table_name)) return false;
    if (!is_table_name(table_name) || !span_starts_with(rest, kind)) return false;
    *out = (struct arn_stream){
        .table_name = table_name,
        .label = span_drop(rest, kind.len),
        .is_foreign = !span_eq(parts.account, here->account),
    };
    return true;
}

status arn_fail_foreign(struct call *call, struct span arn)
{
    return FAIL(call->err, ST_ACCESS_DENIED,
                "User: arn:aws:iam::%.*s:root is not authorized to perform: dynamodb:%s on "
                "resource: %.*s because no resource-based policy allows the dynamodb:%s action",
                SPAN_ARG(call->caller.account), call->op_name, SPAN_ARG(arn), call->op_name);
}

/* ---- ResourceArn */

struct arn {
    struct span region;
    struct span account;
    struct span table; /* NAME of table/NAME or table/NAME/… */
    struct span part;  /* what follows the name: "index/…", "stream/…", or empty */
};

/* Read the head of an ARN of DynamoDB's; *rest is its resource. */
static bool read_head(struct span text, struct arn *arn, struct span *rest)
{
    const struct span prefix = SPAN("arn:aws:dynamodb:");
    if (!span_starts_with(text, prefix)) return false;
    *rest = span_drop(text, prefix.len);
    return take_until(rest, ':', &arn->region) && take_until(rest, ':', &arn->account);
}

/* Read the resource. False: it is of no kind that may have tags. */
static bool read_resource(struct span rest, struct arn *arn)
{
    const struct span prefix = SPAN("table/");
    if (!span_starts_with(rest, prefix)) return false;
    rest = span_drop(rest, prefix.len);
    if (!take_until(&rest, '/', &arn->table)) {
        arn->table = rest;
        return true;
    }
    arn->part = rest;
    return span_starts_with(rest, SPAN("index/")) || span_starts_with(rest, SPAN("stream/"));
}

static status fail_table_arn(struct span text, struct error *err)
{
    return FAIL(err, ST_VALIDATION, "Invalid TableArn: Invalid ResourceArn provided as input %.*s",
                SPAN_ARG(text));
}

status arn_fail_not_found(struct call *call, struct span arn)
{
    return FAIL(call->err, ST_NOT_FOUND,
                "Requested resource not found: ResourceArn: %.*s not found", SPAN_ARG(arn));
}

static status check_part(struct call *call, struct span text, const struct arn *arn)
{
    if (span_starts_with(arn->part, SPAN("stream/"))) return arn_fail_not_found(call, text);
    return FAIL(call->err, ST_VALIDATION,
                INVALID "Invalid resource arn provided, only table or stream is accepted. Provided "
                        "resource arn: %.*s",
                SPAN_ARG(text));
}

/* Is what was read here: in this account and region, and a table? */
static status check_place(struct call *call, struct span text, const struct arn *arn)
{
    struct error *err = call->err;
    if (!span_eq(arn->account, call->caller.account)) return fail_denied(err);
    if (!span_eq(arn->region, call->caller.region)) return fail_table_arn(text, err);
    if (arn->part.len > 0) return check_part(call, text, arn);
    return is_table_name(arn->table) ? ST_OK : fail_table_arn(text, err);
}

status arn_table(struct call *call, struct span arn, struct span *name)
{
    struct error *err = call->err;
    struct arn read = {0};
    struct span rest = {0};
    if (!span_starts_with(arn, SPAN("arn:")))
        return FAIL(err, ST_VALIDATION, INVALID "ARNs must start with 'arn:': %.*s", SPAN_ARG(arn));
    if (!read_head(arn, &read, &rest)) return fail_denied(err);
    if (!read_resource(rest, &read))
        return FAIL(err, ST_VALIDATION, INVALID "Provided Arn is not a DynamoDB resource arn: %.*s",
                    SPAN_ARG(arn));
    TRY(check_place(call, arn, &read));
    *name = read.table;
    return ST_OK;
}
