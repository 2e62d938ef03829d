/* table_parts.h -- members that descriptions of tables and of indexes have in common.
 *
 * Each function writes one member into the object that is open.
 */
#ifndef STATOR_API_TABLE_PARTS_H
#define STATOR_API_TABLE_PARTS_H

#include "api/op.h"

/* "ItemCount": 5, or more than JSON's readers can hold: the largest they can. */
void table_parts_count(struct reply_writer *reply, const char *name, uint64_t count);

/* "AttributeDefinitions": […], of all keys of `table`, sorted by name. */
void table_parts_definitions(struct reply_writer *reply, const struct table *table);

/* "KeySchema": […] */
void table_parts_key(struct reply_writer *reply, const struct table_key *key);

/* "OnDemandThroughput": {…}; nothing when neither maximum is set. */
void table_parts_on_demand(struct reply_writer *reply, int64_t read_max, int64_t write_max);

/* "ProvisionedThroughput": {…} */
void table_parts_throughput(struct reply_writer *reply, const struct table_throughput *throughput);

/* "WarmThroughput": {…}, ACTIVE when it is `ready` and not rising, else UPDATING. */
void table_parts_warm(struct reply_writer *reply, const struct table_warm *warm, bool ready);

/* "TableStatus": "ACTIVE" */
void table_parts_status(struct reply_writer *reply, const char *name, table_status st);

#endif
