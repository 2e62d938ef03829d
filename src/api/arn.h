/* arn.h -- ARNs of tables.
 *
 *     arn:aws:dynamodb:us-east-1:000000000000:table/Music
 *                      region    account      resource
 *
 * Operations on tags take nothing but an ARN, their ResourceArn; all others take one wherever they
 * take a TableName (field.h). The two are judged in different words. What the service says of one
 * that it does not like has changed over the years; the sentences here are those of 2026.
 */
#ifndef STATOR_API_ARN_H
#define STATOR_API_ARN_H

#include "api/op.h"

/* What the ARN of a table of the caller says. */
struct arn_here {
    struct span region;
    struct span account;
};

/* What a TableName that is an ARN calls. */
struct arn_called {
    struct span name; /* of the table; points into the ARN */
    bool is_formed;   /* false: the text is not the ARN of any table */
    bool is_foreign;  /* it is another account's */
};

/* Read `text`, which begins with "arn:". ST_VALIDATION: it is one of another partition, region or
 * kind. */
MUST_USE status arn_name(const struct arn_here *here, struct span text, struct arn_called *out,
                         struct error *err);

/* What the ARN of a stream says: arn:…:table/Music/stream/2026-01-31T12:00:00.123 */
struct arn_stream {
    struct span table_name; /* points into the ARN, as the label */
    struct span label;
    bool is_foreign; /* it is another account's */
};

/* Read `text`. False: it is the ARN of no stream, or of one in another region. */
MUST_USE bool arn_stream(const struct arn_here *here, struct span text, struct arn_stream *out);

/* The name of the table in the ResourceArn `arn`, which points into it. ST_VALIDATION: it is not
 * the ARN of a table here. ST_ACCESS_DENIED: it is another account's, or of another service.
 * ST_NOT_FOUND: it is a stream's. */
MUST_USE status arn_table(struct call *call, struct span arn, struct span *name);

/* The ARN is that of another account's table or stream: ST_ACCESS_DENIED, in the words of a service
 * that has no policy for it. */
status arn_fail_foreign(struct call *call, struct span arn);

/* The table is not there: says so of its ARN. */
status arn_fail_not_found(struct call *call, struct span arn);

#endif
