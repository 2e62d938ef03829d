/* table_rules.h -- what CreateTable and UpdateTable check alike, beyond constraints of fields.
 *
 * All of it needs no table: the engine adds what does. Sentences are DynamoDB's, except that of
 * table_rules_absent, which is Stator's own.
 */
#ifndef STATOR_API_TABLE_RULES_H
#define STATOR_API_TABLE_RULES_H

#include "api/table_fields.h"
#include "engine/engine.h"

/* Are the capacity units within DynamoDB's bounds? NULL passes. ST_VALIDATION. */
MUST_USE status table_rules_throughput(const struct table_fields_throughput *throughput,
                                       struct error *err);

/* Is a number of capacity units within DynamoDB's bounds? */
MUST_USE bool table_rules_units_fit(int64_t units);

/* Is each maximum given at least 1, or, where `clearing` is allowed, -1? NULL passes.
 * ST_VALIDATION. */
MUST_USE status table_rules_on_demand(const struct table_fields_on_demand *on_demand, bool clearing,
                                      struct error *err);

/* Does it set a maximum at all? NULL and {} do not. */
MUST_USE bool table_rules_on_demand_given(const struct table_fields_on_demand *on_demand);

/* Does it ask for warm throughput? NULL and {} do not. */
MUST_USE bool table_rules_warm_given(const struct table_fields_warm *warm);

/* Warm throughput of a table that is being made, or of an index. */
struct table_rules_warmth {
    const struct table_fields_warm *warm; /* or NULL */
    struct span index;                    /* its name; empty: the table */
    table_billing billing;
    const struct table_fields_throughput *throughput; /* where it is provisioned */
};

/* Is it as much as there is from the beginning? ST_VALIDATION. */
MUST_USE status table_rules_warm(const struct table_rules_warmth *warmth, struct error *err);

/* What was asked for, into what a table or an index is made of, or as a change of one. NULL asks
 * for nothing. */
void table_rules_warm_fill(const struct table_fields_warm *warm, struct table_warm *out);
MUST_USE struct engine_warm_change table_rules_warm_change(const struct table_fields_warm *warm);

/* What a table's stream shall show; TABLE_STREAM_OFF for NULL and for a stream that is not
 * enabled. */
MUST_USE table_stream_view table_rules_stream(const struct table_fields_stream *stream);

/* Does the request say of encryption what can be meant? NULL passes. ST_VALIDATION. */
MUST_USE status table_rules_encryption(const struct table_fields_encryption *encryption,
                                       struct error *err);

/* Is encryption with a key of its own asked for? NULL and {"Enabled": false} do not. */
MUST_USE bool table_rules_encrypts(const struct table_fields_encryption *encryption);

/* The class called `word`; TABLE_CLASS_UNSET for no word (ptr NULL). ST_VALIDATION. */
MUST_USE status table_rules_class(struct span word, table_class *out, struct error *err);

/* A part of DynamoDB that this version of Stator does not have. A request that asks for one is
 * refused: doing less than was asked without a word would be a wrong answer. */
struct table_rules_part {
    bool asked;
    const char *name; /* "SSESpecification" */
};
MUST_USE status table_rules_absent(const struct table_rules_part *parts, size_t count,
                                   struct error *err);

#endif
