/* item_page.h -- Query and Scan: one request struct, one way through.
 *
 * Each of the two is a file with a table of fields, in the order in which DynamoDB reports its
 * violations, the rules of its own, and a function that calls item_page_run.
 */
#ifndef STATOR_API_ITEM_PAGE_H
#define STATOR_API_ITEM_PAGE_H

#include "api/legacy.h"
#include "api/params.h"

extern const struct field_choices item_page_select_words; /* Select */

/* What one of the two does not have, its table of fields does not name, and it stays as if it had
 * not been given. */
struct item_page_in {
    struct field_enum select;
    struct span index_name;
    struct field_number total_segments;
    struct field_number segment;
    struct field_enum capacity;
    struct field_list conditions; /* QueryFilter or ScanFilter */
    struct field_list key_conditions;
    struct span table_name;
    struct field_enum joined;
    struct field_list attributes_to_get;
    struct field_number limit;
    struct field_item start_key;
    struct field_bool consistent_read;
    struct field_bool forward;
    struct span key_condition;
    struct span filter;
    struct span projection;
    struct field_item values;
    struct field_list names;
};

/* Define an operation whose request is a struct item_page_in. */
#define OP_DEFINE_ITEM_PAGE(stem) OP_DEFINE_OF(stem, item_page_in)

/* What tells Query and Scan apart. */
struct item_page_kind {
    const char *conditions; /* "QueryFilter" */
    bool has_key_condition;

    /* Rules between the mixing of parameters and the expressions themselves; those of the older
     * parameters too, which set page->filter and page->projection. */
    status (*check)(struct call *call, const struct item_page_in *in, struct engine_page *page);
    status (*read)(const struct engine_space *space, struct engine_page *page, struct arena *arena,
                   struct error *err);
};

/* May Select, ProjectionExpression, AttributesToGet and IndexName stand together? `prefix` begins
 * the sentences: Query and Scan differ. ST_VALIDATION. */
MUST_USE status item_page_check_select(struct call *call, const struct item_page_in *in,
                                       const char *prefix);

/* Judge the request, read the page and write it: Count, Items, LastEvaluatedKey, ScannedCount,
 * ConsumedCapacity. */
MUST_USE status item_page_run(struct call *call, const struct item_page_in *in,
                              const struct item_page_kind *kind);

#endif
