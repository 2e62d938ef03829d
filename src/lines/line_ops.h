/* line_ops.h -- every operation of the protocol: its name, the members a line may have beside "op",
 * and the function that begins it, which stands in the file that the group is called after.
 */
#ifndef STATOR_LINES_LINE_OPS_H
#define STATOR_LINES_LINE_OPS_H

#include "lines/line_turn.h"

/* X(name, members) */
#define LINE_OPS(X)                                                                                \
    X(batch_get_item, "table keys projection")                                                     \
    X(batch_write, "operations")                                                                   \
    X(count, "table partition_key sort_key_condition filter")                                      \
    X(create_index, "table name index_key sort_key partition_schema")                              \
    X(create_schema, "table prefix description attributes validate")                               \
    X(create_table, "table partition_key sort_key ttl_attribute")                                  \
    X(delete_item, "table partition_key sort_key condition return_values return_item_on_failure")  \
    X(describe_index, "table name")                                                                \
    X(describe_schema, "table prefix")                                                             \
    X(describe_table, "table")                                                                     \
    X(drop_index, "table name")                                                                    \
    X(drop_schema, "table prefix")                                                                 \
    X(drop_table, "table")                                                                         \
    X(get_item, "table partition_key sort_key projection")                                         \
    X(get_item_versioned, "table partition_key sort_key")                                          \
    X(get_ttl, "table partition_key sort_key")                                                     \
    X(list_indexes, "table")                                                                       \
    X(list_partition_keys, "table limit resume")                                                   \
    X(list_schemas, "table")                                                                       \
    X(list_sort_key_prefixes, "table partition_key limit resume")                                  \
    X(list_tables, "")                                                                             \
    X(put_item, "table item expected_version condition return_values return_item_on_failure")      \
    X(query, "table partition_key sort_key_condition filter projection limit scan_forward "        \
             "exclusive_start_key")                                                                \
    X(query_index, "table index_name key_value sort_key_condition filter projection limit "        \
                   "scan_forward exclusive_start_key")                                             \
    X(remove_ttl, "table partition_key sort_key")                                                  \
    X(scan, "table filter projection limit exclusive_start_key")                                   \
    X(set_stream, "table view")                                                                    \
    X(set_ttl, "table partition_key sort_key ttl_seconds")                                         \
    X(stream_info, "table")                                                                        \
    X(stream_records, "table after_sequence limit")                                                \
    X(sweep_ttl, "table limit")                                                                    \
    X(transact, "operations")                                                                      \
    X(update_item, "table partition_key sort_key updates condition return_values "                 \
                   "return_item_on_failure")

MUST_USE status line_ops_batch_get_item(struct line_turn *turn);
MUST_USE status line_ops_batch_write(struct line_turn *turn);
MUST_USE status line_ops_count(struct line_turn *turn);
MUST_USE status line_ops_create_index(struct line_turn *turn);
MUST_USE status line_ops_create_schema(struct line_turn *turn);
MUST_USE status line_ops_create_table(struct line_turn *turn);
MUST_USE status line_ops_delete_item(struct line_turn *turn);
MUST_USE status line_ops_describe_index(struct line_turn *turn);
MUST_USE status line_ops_describe_schema(struct line_turn *turn);
MUST_USE status line_ops_describe_table(struct line_turn *turn);
MUST_USE status line_ops_drop_index(struct line_turn *turn);
MUST_USE status line_ops_drop_schema(struct line_turn *turn);
MUST_USE status line_ops_drop_table(struct line_turn *turn);
MUST_USE status line_ops_get_item(struct line_turn *turn);
MUST_USE status line_ops_get_item_versioned(struct line_turn *turn);
MUST_USE status line_ops_get_ttl(struct line_turn *turn);
MUST_USE status line_ops_list_indexes(struct line_turn *turn);
MUST_USE status line_ops_list_partition_keys(struct line_turn *turn);
MUST_USE status line_ops_list_schemas(struct line_turn *turn);
MUST_USE status line_ops_list_sort_key_prefixes(struct line_turn *turn);
MUST_USE status line_ops_list_tables(struct line_turn *turn);
MUST_USE status line_ops_put_item(struct line_turn *turn);
MUST_USE status line_ops_query(struct line_turn *turn);
MUST_USE status line_ops_query_index(struct line_turn *turn);
MUST_USE status line_ops_remove_ttl(struct line_turn *turn);
MUST_USE status line_ops_scan(struct line_turn *turn);
MUST_USE status line_ops_set_stream(struct line_turn *turn);
MUST_USE status line_ops_set_ttl(struct line_turn *turn);
MUST_USE status line_ops_stream_info(struct line_turn *turn);
MUST_USE status line_ops_stream_records(struct line_turn *turn);
MUST_USE status line_ops_sweep_ttl(struct line_turn *turn);
MUST_USE status line_ops_transact(struct line_turn *turn);
MUST_USE status line_ops_update_item(struct line_turn *turn);

#endif
