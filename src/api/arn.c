/* arn.c -- what a ResourceArn names, and what is said of one that names no table here.
 *
 * In the service's order: the text is an ARN; it is DynamoDB's; it names a kind of thing that may
 * have tags; the account; the region; a table, neither index nor stream.
 */
#include "api/arn.h"

#include <string.h>

#include "base/limits.h"

#define INVALID "One or more parameter values were invalid: "

struct arn {
    struct span region;
    struct span account;
    struct span table; /* NAME of table/NAME or table/NAME/… */
    struct span part;  /* what follows the name: "index/…", "stream/…", or empty */
};

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

static status fail_denied(struct error *err)
{
    return FAIL(err, ST_ACCESS_DENIED, "Access is denied");
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
    const struct span name = arn->table;
    if (!span_eq(arn->account, call->caller.account)) return fail_denied(err);
    if (!span_eq(arn->region, call->caller.region)) return fail_table_arn(text, err);
    if (arn->part.len > 0) return check_part(call, text, arn);
    const bool fits = name.len >= LIMIT_TABLE_NAME_BYTES_MIN && name.len <= LIMIT_TABLE_NAME_BYTES;
    return fits && field_is_name(name) ? ST_OK : fail_table_arn(text, err);
}

status arn_fail_foreign(struct call *call, struct span arn)
{
    struct arn read = {0};
    struct span rest = {0};
    const struct span own = call->caller.account;
    if (!read_head(arn, &read, &rest) || span_eq(read.account, own))
        return fail_table_arn(arn, call->err);
    return FAIL(call->err, ST_ACCESS_DENIED,
                "User: arn:aws:iam::%.*s:root is not authorized to perform: dynamodb:%s on "
                "resource: %.*s because no resource-based policy allows the dynamodb:%s action",
                SPAN_ARG(own), call->op_name, SPAN_ARG(arn), call->op_name);
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
