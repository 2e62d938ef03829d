/* table_fields.c -- field tables of table definitions.
 *
 * Nothing but facts. The order of the lines is the order in which DynamoDB names several
 * violations of one request (F4): writes before reads, and so on. Words of enums stand in the order
 * of its messages. The shape of a member that this version refuses anyway is still whole: a wrong
 * JSON type inside it is a SerializationException before anything else is looked at (F1).
 */
#include "api/table_fields.h"

#include "base/attributes.h"
#include "base/limits.h"

/* ---- keys */

static const struct field_choice attribute_types[] = {
    {"B", VALUE_B},
    {"N", VALUE_N},
    {"S", VALUE_S},
};
static const struct field_choices attribute_type_words = FIELD_CHOICES(attribute_types);

static const struct field definition_fields[] = {
    FIELD(table_fields_definition, name, "AttributeName", FIELD_STRING, REQUIRED, 1,
          LIMIT_KEY_NAME_BYTES),
    FIELD_CHOICE(table_fields_definition, type, "AttributeType", REQUIRED, attribute_type_words),
};
const struct field_shape table_fields_definition_shape =
    FIELD_SHAPE("AttributeDefinition", table_fields_definition, definition_fields);

static const struct field_choice key_roles[] = {
    {"HASH",  TABLE_FIELDS_HASH },
    {"RANGE", TABLE_FIELDS_RANGE},
};
static const struct field_choices key_role_words = FIELD_CHOICES(key_roles);

static const struct field key_fields[] = {
    FIELD(table_fields_key, name, "AttributeName", FIELD_STRING, REQUIRED, 1, LIMIT_KEY_NAME_BYTES),
    FIELD_CHOICE(table_fields_key, role, "KeyType", REQUIRED, key_role_words),
};
const struct field_shape table_fields_key_shape =
    FIELD_SHAPE("KeySchemaElement", table_fields_key, key_fields);

/* ---- capacity */

static const struct field_choice billing_modes[] = {
    {"PROVISIONED",     TABLE_PROVISIONED + 1    },
    {"PAY_PER_REQUEST", TABLE_PAY_PER_REQUEST + 1},
};
const struct field_choices table_fields_billing_modes = FIELD_CHOICES(billing_modes);

static const struct field throughput_fields[] = {
    FIELD(table_fields_throughput, write_units, "WriteCapacityUnits", FIELD_LONG, REQUIRED, 1, 0),
    FIELD(table_fields_throughput, read_units, "ReadCapacityUnits", FIELD_LONG, REQUIRED, 1, 0),
};
const struct field_shape table_fields_throughput_shape =
    FIELD_SHAPE("ProvisionedThroughput", table_fields_throughput, throughput_fields);

static const struct field on_demand_fields[] = {
    FIELD(table_fields_on_demand, read_max, "MaxReadRequestUnits", FIELD_LONG, OPTIONAL, 0, 0),
    FIELD(table_fields_on_demand, write_max, "MaxWriteRequestUnits", FIELD_LONG, OPTIONAL, 0, 0),
};
const struct field_shape table_fields_on_demand_shape =
    FIELD_SHAPE("OnDemandThroughput", table_fields_on_demand, on_demand_fields);

static const struct field warm_fields[] = {
    FIELD(table_fields_warm, read_units, "ReadUnitsPerSecond", FIELD_LONG, OPTIONAL, 0, 0),
    FIELD(table_fields_warm, write_units, "WriteUnitsPerSecond", FIELD_LONG, OPTIONAL, 0, 0),
};
const struct field_shape table_fields_warm_shape =
    FIELD_SHAPE("WarmThroughput", table_fields_warm, warm_fields);

/* ---- streams, encryption */

static const struct field_choice stream_views[] = {
    {"NEW_IMAGE",          1},
    {"OLD_IMAGE",          2},
    {"NEW_AND_OLD_IMAGES", 3},
    {"KEYS_ONLY",          4},
};
static const struct field_choices stream_view_words = FIELD_CHOICES(stream_views);

static const struct field stream_fields[] = {
    FIELD(table_fields_stream, enabled, "StreamEnabled", FIELD_BOOL, REQUIRED, 0, 0),
    FIELD_CHOICE(table_fields_stream, view, "StreamViewType", OPTIONAL, stream_view_words),
};
const struct field_shape table_fields_stream_shape =
    FIELD_SHAPE("StreamSpecification", table_fields_stream, stream_fields);

static const struct field_choice encryption_types[] = {
    {"AES256", 1},
    {"KMS",    2},
};
static const struct field_choices encryption_type_words = FIELD_CHOICES(encryption_types);

static const struct field encryption_fields[] = {
    FIELD(table_fields_encryption, enabled, "Enabled", FIELD_BOOL, OPTIONAL, 0, 0),
    FIELD_CHOICE(table_fields_encryption, type, "SSEType", OPTIONAL, encryption_type_words),
    FIELD(table_fields_encryption, key_id, "KMSMasterKeyId", FIELD_STRING, OPTIONAL, 0, 0),
};
const struct field_shape table_fields_encryption_shape =
    FIELD_SHAPE("SSESpecification", table_fields_encryption, encryption_fields);

/* ---- secondary indexes */

enum { INDEX_NAME_BYTES_MIN = 3, INDEX_NAME_BYTES_MAX = 255, NON_KEY_ATTRIBUTES_MAX = 20 };

static const struct field_choice projection_types[] = {
    {"ALL",       1},
    {"INCLUDE",   2},
    {"KEYS_ONLY", 3},
};
static const struct field_choices projection_type_words = FIELD_CHOICES(projection_types);

struct projection {
    struct field_enum type;
    struct field_list attributes;
};
static const struct field projection_fields[] = {
    FIELD_CHOICE(projection, type, "ProjectionType", OPTIONAL, projection_type_words),
    FIELD(projection, attributes, "NonKeyAttributes", FIELD_STRINGS, OPTIONAL, 1,
          NON_KEY_ATTRIBUTES_MAX),
};
static const struct field_shape projection_shape =
    FIELD_SHAPE("Projection", projection, projection_fields);

/* Of LocalSecondaryIndexes, GlobalSecondaryIndexes, and the actions of an index update. */
struct index {
    struct span name;
    struct field_list key;
    struct projection *projection;
    struct table_fields_throughput *throughput;
    struct table_fields_on_demand *on_demand;
    struct table_fields_warm *warm;
};

static const struct field local_index_fields[] = {
    FIELD_NAME(index, name, "IndexName", REQUIRED, INDEX_NAME_BYTES_MIN, INDEX_NAME_BYTES_MAX),
    FIELD_OF(index, key, "KeySchema", FIELD_LIST, REQUIRED, 1, 2, table_fields_key_shape),
    FIELD_OF(index, projection, "Projection", FIELD_STRUCT, REQUIRED, 0, 0, projection_shape),
};
const struct field_shape table_fields_local_index_shape =
    FIELD_SHAPE("LocalSecondaryIndex", index, local_index_fields);

#define INDEX_CAPACITY_FIELDS                                                                      \
    FIELD_OF(index, on_demand, "OnDemandThroughput", FIELD_STRUCT, OPTIONAL, 0, 0,                 \
             table_fields_on_demand_shape),                                                        \
        FIELD_OF(index, warm, "WarmThroughput", FIELD_STRUCT, OPTIONAL, 0, 0,                      \
                 table_fields_warm_shape)

static const struct field global_index_fields[] = {
    FIELD_OF(index, key, "KeySchema", FIELD_LIST, REQUIRED, 1, 0, table_fields_key_shape),
    FIELD_OF(index, projection, "Projection", FIELD_STRUCT, REQUIRED, 0, 0, projection_shape),
    FIELD_NAME(index, name, "IndexName", REQUIRED, INDEX_NAME_BYTES_MIN, INDEX_NAME_BYTES_MAX),
    FIELD_OF(index, throughput, "ProvisionedThroughput", FIELD_STRUCT, OPTIONAL, 0, 0,
             table_fields_throughput_shape),
    INDEX_CAPACITY_FIELDS,
};
const struct field_shape table_fields_global_index_shape =
    FIELD_SHAPE("GlobalSecondaryIndex", index, global_index_fields);

static const struct field create_index_fields[] = {
    FIELD_OF(index, projection, "Projection", FIELD_STRUCT, REQUIRED, 0, 0, projection_shape),
    FIELD_NAME(index, name, "IndexName", REQUIRED, INDEX_NAME_BYTES_MIN, INDEX_NAME_BYTES_MAX),
    FIELD_OF(index, throughput, "ProvisionedThroughput", FIELD_STRUCT, OPTIONAL, 0, 0,
             table_fields_throughput_shape),
    FIELD_OF(index, key, "KeySchema", FIELD_LIST, REQUIRED, 1, 0, table_fields_key_shape),
    INDEX_CAPACITY_FIELDS,
};
static const struct field_shape create_index_shape =
    FIELD_SHAPE("CreateGlobalSecondaryIndexAction", index, create_index_fields);

static const struct field update_index_fields[] = {
    FIELD_NAME(index, name, "IndexName", REQUIRED, INDEX_NAME_BYTES_MIN, INDEX_NAME_BYTES_MAX),
    FIELD_OF(index, throughput, "ProvisionedThroughput", FIELD_STRUCT, OPTIONAL, 0, 0,
             table_fields_throughput_shape),
    INDEX_CAPACITY_FIELDS,
};
static const struct field_shape update_index_shape =
    FIELD_SHAPE("UpdateGlobalSecondaryIndexAction", index, update_index_fields);

static const struct field delete_index_fields[] = {
    FIELD_NAME(index, name, "IndexName", REQUIRED, INDEX_NAME_BYTES_MIN, INDEX_NAME_BYTES_MAX),
};
static const struct field_shape delete_index_shape =
    FIELD_SHAPE("DeleteGlobalSecondaryIndexAction", index, delete_index_fields);

struct index_update {
    struct index *update;
    struct index *create;
    struct index *delete;
};
static const struct field index_update_fields[] = {
    FIELD_OF(index_update, update, "Update", FIELD_STRUCT, OPTIONAL, 0, 0, update_index_shape),
    FIELD_OF(index_update, create, "Create", FIELD_STRUCT, OPTIONAL, 0, 0, create_index_shape),
    FIELD_OF(index_update, delete, "Delete", FIELD_STRUCT, OPTIONAL, 0, 0, delete_index_shape),
};
const struct field_shape table_fields_index_update_shape =
    FIELD_SHAPE("GlobalSecondaryIndexUpdate", index_update, index_update_fields);

/* ---- the rest */

struct any {
    struct span name;
};
static const struct field any_fields[] = {
    FIELD(any, name, "IndexName", FIELD_STRING, OPTIONAL, 0, 0),
};
const struct field_shape table_fields_any_shape = FIELD_SHAPE("Member", any, any_fields);

table_billing table_fields_billing(struct field_enum mode)
{
    return mode.value == TABLE_PAY_PER_REQUEST + 1 ? TABLE_PAY_PER_REQUEST : TABLE_PROVISIONED;
}
