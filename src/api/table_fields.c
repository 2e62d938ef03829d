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
    {"OLD_IMAGE",          TABLE_STREAM_OLD_IMAGE         },
    {"KEYS_ONLY",          TABLE_STREAM_KEYS_ONLY         },
    {"NEW_AND_OLD_IMAGES", TABLE_STREAM_NEW_AND_OLD_IMAGES},
    {"NEW_IMAGE",          TABLE_STREAM_NEW_IMAGE         },
};
static const struct field_choices stream_view_words = FIELD_CHOICES(stream_views);

static const struct field stream_fields[] = {
    FIELD(table_fields_stream, enabled, "StreamEnabled", FIELD_BOOL, REQUIRED, 0, 0),
    FIELD_CHOICE(table_fields_stream, view, "StreamViewType", OPTIONAL, stream_view_words),
};
const struct field_shape table_fields_stream_shape =
    FIELD_SHAPE("StreamSpecification", table_fields_stream, stream_fields);

static const struct field_choice encryption_types[] = {
    {"AES256", TABLE_FIELDS_AES256},
    {"KMS",    TABLE_FIELDS_KMS   },
};
static const struct field_choices encryption_type_words = FIELD_CHOICES(encryption_types);

static const struct field encryption_fields[] = {
    FIELD(table_fields_encryption, enabled, "Enabled", FIELD_BOOL, OPTIONAL, 0, 0),
    FIELD_CHOICE(table_fields_encryption, type, "SSEType", OPTIONAL, encryption_type_words),
    FIELD(table_fields_encryption, key_id, "KMSMasterKeyId", FIELD_STRING, OPTIONAL, 1, 0),
};
const struct field_shape table_fields_encryption_shape =
    FIELD_SHAPE("SSESpecification", table_fields_encryption, encryption_fields);

/* ---- secondary indexes */

#define INDEX_NAME_FIELD                                                                           \
    FIELD_NAME(table_fields_index, name, "IndexName", REQUIRED, LIMIT_INDEX_NAME_BYTES_MIN,        \
               LIMIT_INDEX_NAME_BYTES)

static const struct field_choice projection_types[] = {
    {"ALL",       TABLE_PROJECT_ALL + 1      },
    {"INCLUDE",   TABLE_PROJECT_INCLUDE + 1  },
    {"KEYS_ONLY", TABLE_PROJECT_KEYS_ONLY + 1},
};
static const struct field_choices projection_type_words = FIELD_CHOICES(projection_types);

static const struct field projection_fields[] = {
    FIELD_CHOICE(table_fields_projection, type, "ProjectionType", OPTIONAL, projection_type_words),
    FIELD(table_fields_projection, attributes, "NonKeyAttributes", FIELD_STRINGS, OPTIONAL, 1,
          LIMIT_INDEX_INCLUDED),
};
static const struct field_shape projection_shape =
    FIELD_SHAPE("Projection", table_fields_projection, projection_fields);

static const struct field local_index_fields[] = {
    INDEX_NAME_FIELD,
    FIELD_OF(table_fields_index, key, "KeySchema", FIELD_LIST, REQUIRED, 1, LIMIT_KEY_ATTRIBUTES,
             table_fields_key_shape),
    FIELD_OF(table_fields_index, projection, "Projection", FIELD_STRUCT, REQUIRED, 0, 0,
             projection_shape),
};
const struct field_shape table_fields_local_index_shape =
    FIELD_SHAPE("LocalSecondaryIndex", table_fields_index, local_index_fields);

#define INDEX_CAPACITY_FIELDS                                                                      \
    FIELD_OF(table_fields_index, on_demand, "OnDemandThroughput", FIELD_STRUCT, OPTIONAL, 0, 0,    \
             table_fields_on_demand_shape),                                                        \
        FIELD_OF(table_fields_index, warm, "WarmThroughput", FIELD_STRUCT, OPTIONAL, 0, 0,         \
                 table_fields_warm_shape)

static const struct field global_index_fields[] = {
    FIELD_OF(table_fields_index, key, "KeySchema", FIELD_LIST, REQUIRED, 1, 0,
             table_fields_key_shape),
    FIELD_OF(table_fields_index, projection, "Projection", FIELD_STRUCT, REQUIRED, 0, 0,
             projection_shape),
    INDEX_NAME_FIELD,
    FIELD_OF(table_fields_index, throughput, "ProvisionedThroughput", FIELD_STRUCT, OPTIONAL, 0, 0,
             table_fields_throughput_shape),
    INDEX_CAPACITY_FIELDS,
};
const struct field_shape table_fields_global_index_shape =
    FIELD_SHAPE("GlobalSecondaryIndex", table_fields_index, global_index_fields);

static const struct field create_index_fields[] = {
    FIELD_OF(table_fields_index, projection, "Projection", FIELD_STRUCT, REQUIRED, 0, 0,
             projection_shape),
    INDEX_NAME_FIELD,
    FIELD_OF(table_fields_index, throughput, "ProvisionedThroughput", FIELD_STRUCT, OPTIONAL, 0, 0,
             table_fields_throughput_shape),
    FIELD_OF(table_fields_index, key, "KeySchema", FIELD_LIST, REQUIRED, 1, 0,
             table_fields_key_shape),
    INDEX_CAPACITY_FIELDS,
};
static const struct field_shape create_index_shape =
    FIELD_SHAPE("CreateGlobalSecondaryIndexAction", table_fields_index, create_index_fields);

static const struct field update_index_fields[] = {
    INDEX_NAME_FIELD,
    FIELD_OF(table_fields_index, throughput, "ProvisionedThroughput", FIELD_STRUCT, OPTIONAL, 0, 0,
             table_fields_throughput_shape),
    INDEX_CAPACITY_FIELDS,
};
static const struct field_shape update_index_shape =
    FIELD_SHAPE("UpdateGlobalSecondaryIndexAction", table_fields_index, update_index_fields);

static const struct field delete_index_fields[] = {
    INDEX_NAME_FIELD,
};
static const struct field_shape delete_index_shape =
    FIELD_SHAPE("DeleteGlobalSecondaryIndexAction", table_fields_index, delete_index_fields);

static const struct field index_update_fields[] = {
    FIELD_OF(table_fields_index_update, update, "Update", FIELD_STRUCT, OPTIONAL, 0, 0,
             update_index_shape),
    FIELD_OF(table_fields_index_update, create, "Create", FIELD_STRUCT, OPTIONAL, 0, 0,
             create_index_shape),
    FIELD_OF(table_fields_index_update, delete, "Delete", FIELD_STRUCT, OPTIONAL, 0, 0,
             delete_index_shape),
};
const struct field_shape table_fields_index_update_shape =
    FIELD_SHAPE("GlobalSecondaryIndexUpdate", table_fields_index_update, index_update_fields);

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
