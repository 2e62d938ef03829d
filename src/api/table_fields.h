/* table_fields.h -- the parts that CreateTable and UpdateTable have in common, as field tables.
 *
 * The structs are what field.h fills; the shapes are for FIELD_OF. Encryption is read and checked
 * as DynamoDB does, so that a malformed request is refused in its words; table_rules.h then says
 * that this version does not have it.
 */
#ifndef STATOR_API_TABLE_FIELDS_H
#define STATOR_API_TABLE_FIELDS_H

#include "api/field.h"
#include "table/table.h"

struct table_fields_definition { /* of AttributeDefinitions */
    struct span name;
    struct field_enum type; /* VALUE_S, VALUE_N, VALUE_B */
};

typedef enum table_fields_role {
    TABLE_FIELDS_HASH = 1,
    TABLE_FIELDS_RANGE,
} table_fields_role;

struct table_fields_key { /* of KeySchema */
    struct span name;
    struct field_enum role; /* table_fields_role */
};

struct table_fields_throughput { /* ProvisionedThroughput */
    struct field_number read_units;
    struct field_number write_units;
};

struct table_fields_on_demand { /* OnDemandThroughput */
    struct field_number read_max;
    struct field_number write_max;
};

struct table_fields_warm { /* WarmThroughput */
    struct field_number read_units;
    struct field_number write_units;
};

struct table_fields_projection {  /* Projection */
    struct field_enum type;       /* a table_projection plus one, since choices begin at 1 */
    struct field_list attributes; /* NonKeyAttributes: struct span */
};

/* Of LocalSecondaryIndexes and GlobalSecondaryIndexes, and the actions of an index update; what a
 * kind does not have is not given. */
struct table_fields_index {
    struct span name;
    struct field_list key; /* struct table_fields_key */
    struct table_fields_projection *projection;
    struct table_fields_throughput *throughput;
    struct table_fields_on_demand *on_demand;
    struct table_fields_warm *warm;
};

struct table_fields_index_update { /* of GlobalSecondaryIndexUpdates */
    struct table_fields_index *update;
    struct table_fields_index *create;
    struct table_fields_index *delete;
};

struct table_fields_stream { /* StreamSpecification */
    struct field_bool enabled;
    struct field_enum view; /* a table_stream_view */
};

enum { TABLE_FIELDS_AES256 = 1, TABLE_FIELDS_KMS };

struct table_fields_encryption { /* SSESpecification */
    struct field_bool enabled;
    struct field_enum type;
    struct span key_id;
};

extern const struct field_shape table_fields_definition_shape;
extern const struct field_shape table_fields_key_shape;
extern const struct field_shape table_fields_throughput_shape;
extern const struct field_shape table_fields_on_demand_shape;
extern const struct field_shape table_fields_warm_shape;
extern const struct field_shape table_fields_stream_shape;
extern const struct field_shape table_fields_encryption_shape;
extern const struct field_shape table_fields_local_index_shape;
extern const struct field_shape table_fields_global_index_shape;
extern const struct field_shape table_fields_index_update_shape;

/* Things of which only the presence matters: replicas, vector indexes and their like. */
extern const struct field_shape table_fields_any_shape;

/* PROVISIONED, PAY_PER_REQUEST: a table_billing plus one, since choices begin at 1. */
extern const struct field_choices table_fields_billing_modes;
MUST_USE table_billing table_fields_billing(struct field_enum mode);

#endif
