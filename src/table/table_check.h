/* table_check.h -- does this map of attributes carry the table's primary key?
 *
 * All checks are against the key schema alone; sizes and types of other attributes are the item
 * room's. Messages are DynamoDB's. Source: developer guide, "Naming rules and data types",
 * "Constraints", primary keys; and the sentences of the service itself.
 */
#ifndef STATOR_TABLE_TABLE_CHECK_H
#define STATOR_TABLE_TABLE_CHECK_H

#include "table/table.h"

typedef enum table_check_source {
    TABLE_CHECK_KEY,        /* Key of GetItem, UpdateItem, DeleteItem: the key and nothing else */
    TABLE_CHECK_ITEM,       /* Item of PutItem: the key among others */
    TABLE_CHECK_BATCH_ITEM, /* Item of BatchWriteItem: likewise, in the words for keys */
    TABLE_CHECK_QUERY,      /* ExclusiveStartKey of Query: the key and nothing else */
    TABLE_CHECK_SCAN,       /* ExclusiveStartKey of Scan: likewise, in other words */
    TABLE_CHECK_INDEX,      /* ExclusiveStartKey for an index: the item's key and the index's */
} table_check_source;

/* Check that `map` (VALUE_M) holds a primary key of the table as `source` demands, every part with
 * its type, not empty and not too long. ST_VALIDATION. */
MUST_USE status table_check_key(const struct table *table, struct value map,
                                table_check_source source, struct error *err);

/* The one mistake in a key that TransactWriteItems reports for the whole request: a key attribute
 * that is there, of its type, and empty; of an item, those of indexes as well. A map that is no key
 * at all passes. ST_VALIDATION. */
MUST_USE status table_check_filled(const struct table *table, struct value map,
                                   table_check_source source, struct error *err);

/* Check that `map` is a start key for `index`: as many attributes as the primary key and the
 * index's key have together, those of the index's key, and then those of the primary key. What
 * else is wrong with a request is told between the two. ST_VALIDATION. */
MUST_USE status table_check_start(const struct table *table, const struct table_index *index,
                                  struct value map, struct error *err);
MUST_USE status table_check_start_item(const struct table *table, struct value map,
                                       struct error *err);

/* Check the attributes of an item that are keys of the table's indexes: where they are there, they
 * have their type, are not empty and not too long. Indexes of partition schemas do not mind: what
 * does not fit them does not stand in them. ST_VALIDATION. */
MUST_USE status table_check_index_keys(const struct table *table, struct value map,
                                       struct error *err);

/* Is `type` that of this part of the index's key? ST_VALIDATION. */
MUST_USE status table_check_index_type(const struct table_index *index,
                                       const struct table_key_part *part, value_type type,
                                       struct error *err);

/* Check a part of an index's key that an update wrote into `map`, where it is there: its type, that
 * it is not empty, and at most `bytes_max` long. ST_VALIDATION. */
MUST_USE status table_check_updated_part(const struct table_key_part *part, uint32_t bytes_max,
                                         struct value map, struct error *err);

/* Check the operand of a key condition against the part it is compared with: its type, and that it
 * is not empty. ST_VALIDATION. */
MUST_USE status table_check_operand(const struct table_key_part *part, struct value operand,
                                    struct error *err);

#endif
