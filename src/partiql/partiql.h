/* partiql.h -- PartiQL statements: text and parameters -> what one of the item operations does.
 *
 *     partiql_parse     text, parameters -> statement    grammar, literals, types of operands
 *     partiql_plan      statement, key -> plan           which keys, and what is left to filter
 *     partiql_project   statement, item -> item          the columns of a SELECT
 *
 * A statement holds expressions of room expr, bound and checked, so that whoever runs it asks the
 * engine for what Query, Scan, PutItem, UpdateItem and DeleteItem ask for. Nothing here touches a
 * table: the caller finds it by the name that partiql_parse returns, and hands its key to
 * partiql_plan.
 *
 * Messages are DynamoDB's, word for word. Sources: developer guide, "PartiQL - a SQL-compatible
 * query language for Amazon DynamoDB" with its pages on statements, data types, functions and
 * operators; the public conformance suite for the rest.
 *
 * Memory: everything lives in the arena and points into the text and the parameters.
 * Threads: a statement or plan is never written again; any one may use it.
 */
#ifndef STATOR_PARTIQL_PARTIQL_H
#define STATOR_PARTIQL_PARTIQL_H

#include "base/error.h"
#include "base/limits.h"
#include "expr/expr.h"

typedef enum partiql_verb {
    PARTIQL_SELECT,
    PARTIQL_INSERT,
    PARTIQL_UPDATE,
    PARTIQL_DELETE,
} partiql_verb;

/* RETURNING …: ReturnValues of the items' own operations. */
typedef enum partiql_returning {
    PARTIQL_RETURN_NONE,
    PARTIQL_RETURN_ALL_OLD,
    PARTIQL_RETURN_ALL_NEW,
    PARTIQL_RETURN_MODIFIED_OLD,
    PARTIQL_RETURN_MODIFIED_NEW,
} partiql_returning;

struct partiql_column;    /* private */
struct partiql_order;     /* private */
struct partiql_condition; /* private */
struct partiql_rest;      /* private */

struct partiql_statement {
    partiql_verb verb;
    bool is_check;          /* EXISTS(SELECT …), of ExecuteTransaction alone: a condition check */
    struct span table_name; /* or an ARN */
    struct span index_name; /* empty: the table itself. SELECT only */
    const struct expr *projection; /* the top-level attributes that the columns begin with; NULL: *
                                    * or no SELECT */
    const struct expr *where;      /* EXPR_FILTER, the whole of WHERE; NULL: there is none */
    struct value item;             /* INSERT: VALUE_M */
    const struct expr *update;     /* UPDATE */
    partiql_returning returning;   /* UPDATE: any; DELETE: ALL OLD or none */
    uint32_t parameter_count;

    /* private */
    const struct partiql_column *columns;
    uint32_t column_count;
    const struct partiql_order *orders;
    uint32_t order_count;
    const struct partiql_condition *condition;
};

/* A statement's text, UTF-8 and at most LIMIT_STATEMENT_BYTES long (asserted), and what its "?"
 * stand for. */
struct partiql_source {
    struct span text;
    const struct value *parameters;
    uint32_t parameter_count;
};

/* ST_VALIDATION: "Statement wasn't well formed, can't be processed: …", then "Number of parameters
 * in request and statement don't match.", then whatever else a statement cannot say. ST_NO_MEMORY.
 * Time is linear in the text. */
MUST_USE status partiql_parse(const struct partiql_source *source, struct arena *arena,
                              struct partiql_statement *out, struct error *err);

/* One attribute of a key. */
struct partiql_key_part {
    struct span name;
    value_type type; /* VALUE_S, VALUE_N or VALUE_B */
};

/* The key of what a statement reads or writes: that of the table, or of the index it names. */
struct partiql_key {
    struct partiql_key_part partition[EXPR_KEY_PARTS_MAX];
    struct partiql_key_part sort[EXPR_KEY_PARTS_MAX];
    uint8_t partition_count;
    uint8_t sort_count;
};

/* One Query of a plan. */
struct partiql_read {
    const struct expr *key_condition; /* EXPR_KEY_CONDITION */
    bool is_one_item; /* it names a whole key: partition, and sort where there is one */
    struct value key; /* then: VALUE_M */
    const struct partiql_rest *rest; /* private */
};

struct partiql_plan {
    /* SELECT: the Queries that answer it, in the order to be told; none: a Scan does */
    const struct partiql_read *reads;
    uint32_t read_count;
    bool backward;             /* each of them against the order of the sort key */
    const struct expr *filter; /* of each Query, or of the Scan; NULL: none is needed */
    bool key_only; /* one Query, of a whole key, and nothing to filter: what a batch or transaction
                    * may read */

    /* INSERT, UPDATE, DELETE, and SELECT of a check */
    struct value key;             /* VALUE_M; INSERT: VALUE_NONE, the item has it */
    const struct expr *condition; /* EXPR_CONDITION of the write or check, or NULL. INSERT: there is
                                   * no such item. UPDATE and check: there is, and the rest of WHERE
                                   * holds. DELETE: there is none, or the rest holds */
};

/* Match a statement against the key of its table or index.
 * ST_VALIDATION: "Where clause does not contain a mandatory equality on all key attributes", a key
 * value of another type than the table's, conditions that overlap or need too many reads, an ORDER
 * BY that no Query answers. ST_NO_MEMORY. */
MUST_USE status partiql_plan(const struct partiql_statement *statement,
                             const struct partiql_key *key, struct arena *arena,
                             struct partiql_plan *out, struct error *err);

/* The top-level attributes that WHERE still asks about in one read, beside what makes the read a
 * Query, each once and in the order in which DynamoDB lists them; some may be of the key. For the
 * rule that an index holds what its Queries filter by: DynamoDB refuses a statement when every read
 * of it asks for more. ST_NO_MEMORY. */
MUST_USE status partiql_filter_names(const struct partiql_read *read, struct arena *arena,
                                     const struct span **names, uint32_t *count);

/* What a SELECT shows of an item: `map` itself for *, else its columns, each named by the last part
 * of its path (`a.b[0]` is called "b[0]"), as a map made in `arena`. ST_NO_MEMORY. */
MUST_USE status partiql_project(const struct partiql_statement *statement, struct value map,
                                struct arena *arena, struct value *out);

#endif
