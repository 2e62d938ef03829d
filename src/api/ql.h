/* ql.h -- PartiQL statements: what the three operations that run them share.
 *
 *     ql_check     parameters that are no values (F5)
 *     ql_parse     text and parameters -> what it asks for; needs no table
 *     ql_plan      its table, its index -> which keys, which filter, which condition
 *     ql_write     INSERT, UPDATE, DELETE, EXISTS as a write of the engine
 *     ql_get       a SELECT of one whole key as a get of the engine
 *     ql_show      a SELECT's columns of an item that was read
 *
 * Each fails into an error of its own, since a batch tells of every statement by itself, and a
 * transaction by its number.
 *
 * Sources: developer guide, "PartiQL - a SQL-compatible query language for Amazon DynamoDB"; API
 * reference, ExecuteStatement, BatchExecuteStatement, ExecuteTransaction; sentences and the order
 * of complaints from answers of the service that were recorded (conformance suites).
 */
#ifndef STATOR_API_QL_H
#define STATOR_API_QL_H

#include "api/params.h"
#include "partiql/partiql.h"

/* A statement as a request has it. */
struct ql_text {
    struct span text;
    struct field_list parameters; /* struct field_item */
};

/* Which operation a statement is of. */
typedef enum ql_use {
    QL_ALONE,
    QL_IN_BATCH,
    QL_IN_TRANSACTION,
} ql_use;

/* A statement on its way: zero before ql_parse, but for what is asked. */
struct ql_statement {
    ql_use use;
    bool consistent; /* ConsistentRead */

    struct partiql_statement parsed;
    struct partiql_plan plan;
    bool index_is_global; /* the index that a SELECT reads */
    struct value key;     /* VALUE_M: of the one item that it reads or writes; VALUE_NONE: it may
                           * read several */
    bool is_reason;       /* in a transaction, of a ql_plan that failed: this is why the statement
                           * cancels it, and no mistake that fails the whole */
};

/* "Statement" and "Parameters" of the struct `in`, whose member `member` is a ql_text. */
#define QL_FIELDS(in, member)                                                                      \
    FIELD(in, member.text, "Statement", FIELD_STRING, REQUIRED, 1, LIMIT_STATEMENT_BYTES),         \
        FIELD(in, member.parameters, "Parameters", FIELD_OPERANDS, OPTIONAL, 1, 0)

/* ST_VALIDATION: a parameter that is JSON of the right shape and no value. */
MUST_USE status ql_check(const struct ql_text *text, struct error *err);

/* ST_VALIDATION: it is no statement, or none for its use. ST_ACCESS_DENIED: the table is another
 * account's. ST_NO_MEMORY. */
MUST_USE status ql_parse(struct call *call, const struct ql_text *text,
                         struct ql_statement *statement, struct error *err);

/* Does it read? EXISTS is with the writes. */
MUST_USE bool ql_reads(const struct ql_statement *statement);

/* Find the table and make the plan. ST_NOT_FOUND: "Requested resource not found". ST_VALIDATION:
 * the index is not there or cannot be read so, what partiql_plan has, more than a whole key in a
 * batch or transaction that reads, an item to insert that is too large or has not the table's key.
 * ST_NO_MEMORY. */
MUST_USE status ql_plan(struct call *call, struct ql_statement *statement, struct error *err);

/* Set verb, table, attributes, condition, update and returns of `write`. */
void ql_write(const struct ql_statement *statement, struct engine_write *write);

/* Set table, key and projection of `get`; the plan is key_only. */
void ql_get(const struct ql_statement *statement, struct engine_get *get);

/* What the statement shows of `map`, an item or its projection. ST_NO_MEMORY. */
MUST_USE status ql_show(struct call *call, const struct ql_statement *statement, struct value map,
                        struct value *out);

/* What `st` is for a statement that wrote: INSERT's refused condition says that there is such an
 * item, ST_DUPLICATE_ITEM, which is then in `err` as well. */
status ql_outcome(const struct ql_statement *statement, status st, struct error *err);

/* Its table, its verb and all it says with its parameters, appended to `out`: equal for equal
 * statements. */
void ql_print(const struct ql_text *text, struct buf *out);

#endif
