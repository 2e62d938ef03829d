/* branch.h -- a condition taken apart into the Queries that answer it.
 *
 * A condition on the partition key is = or IN; OR joins several. Written out as an OR of ANDs,
 * every part of it (a branch) must fix the partition key, or no set of Queries answers the
 * condition.
 *
 * R1  Every item for which the condition holds is in one of the branches; if all branches are
 *     exact, every item of a branch is one for which it holds.
 */
#ifndef STATOR_PARTIQL_BRANCH_H
#define STATOR_PARTIQL_BRANCH_H

#include "partiql/condition.h"
#include "partiql/partiql.h"

/* What a branch leaves to the filter: one condition, or two such rests, that of the part written
 * first and that of the part after it. */
struct partiql_rest {
    const struct partiql_condition *condition; /* or NULL */
    const struct partiql_rest *before;         /* or NULL */
    const struct partiql_rest *after;          /* or NULL */
};

struct branch {
    const struct partiql_rest *rest; /* NULL: nothing that is not of the key */
    struct value partition;
    expr_sort_test test; /* on the sort key */
    struct value low;
    struct value high;
    bool exact;        /* nothing else is asked */
    bool impossible;   /* the partition key would have to be two things */
    bool negates_sort; /* the rest says what the sort key is not: NOT of a test, or <> */
};

struct branches {
    struct branch *at;
    uint32_t count;
};

/* Does every branch of `condition` fix the partition key? */
MUST_USE bool branch_is_keyed(const struct partiql_condition *condition,
                              const struct partiql_key *key);

/* The branches of a keyed condition. ST_VALIDATION: too many, or a value of another type than the
 * key's. ST_NO_MEMORY. */
MUST_USE status branch_find(const struct partiql_condition *condition,
                            const struct partiql_key *key, struct arena *arena,
                            struct branches *out, struct error *err);

/* Let no item be in two branches, where one of them negates the sort key: they become one, of the
 * whole partition. DynamoDB answers these with what either selects, and refuses all others that
 * meet. ST_VALIDATION, ST_NO_MEMORY. */
MUST_USE status branch_part(struct branches *branches, struct arena *arena, struct error *err);

/* Is `a` before `b` in the order of partition keys, then sort keys? Negative, zero or positive;
 * they do not overlap. */
MUST_USE int branch_compare(const struct branch *a, const struct branch *b);

/* One test, seen as one on the attribute `name` of a key: "name op value", in whichever order it
 * was written. False: it is none. IN has its values in the operands behind the first. */
struct branch_test {
    code_op op;
    const struct operand *low;
    const struct operand *high; /* BETWEEN */
};
MUST_USE bool branch_test(const struct partiql_condition *test, struct span name,
                          struct branch_test *out);

/* "Key attribute's data type should match …", unless `value` is of the key part's type. */
MUST_USE status branch_check_type(const struct partiql_key_part *part, struct value value,
                                  struct error *err);

#endif
