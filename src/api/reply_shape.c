/* reply_shape.c -- the tables, one for each operation that answers with attribute values.
 *
 * Source: API reference, "Response Elements" and "Errors" of each; "CancellationReason" and
 * ConditionalCheckFailedException have the refused item. Only members that hold attribute values
 * are named: all others are plain JSON.
 */
#include "api/reply_shape.h"

#define MEMBER(json, field_kind)                                                                   \
    {                                                                                              \
        .name = (json), .name_len = sizeof(json) - 1, .kind = (field_kind)                         \
    }
#define MEMBER_OF(json, field_kind, shape)                                                         \
    {                                                                                              \
        .name = (json), .name_len = sizeof(json) - 1, .kind = (field_kind), .of = &(shape)         \
    }
#define ANY_MEMBER(field_kind)                                                                     \
    {                                                                                              \
        .kind = (field_kind)                                                                       \
    }
#define SHAPE(array)                                                                               \
    {                                                                                              \
        .fields = (array), .count = ARRAY_COUNT(array)                                             \
    }

/* ---- parts */

static const struct field item_members[] = {MEMBER("Item", FIELD_ITEM)};
static const struct field_shape item_shape = SHAPE(item_members);

static const struct field key_members[] = {MEMBER("Key", FIELD_ITEM)};
static const struct field_shape key_shape = SHAPE(key_members);

static const struct field keys_members[] = {MEMBER("Keys", FIELD_KEYS)};
static const struct field_shape keys_shape = SHAPE(keys_members);

static const struct field collection_members[] = {MEMBER("ItemCollectionKey", FIELD_ITEM)};
static const struct field_shape collection_shape = SHAPE(collection_members);

static const struct field items_by_table_members[] = {ANY_MEMBER(FIELD_KEYS)};
static const struct field_shape items_by_table_shape = SHAPE(items_by_table_members);

static const struct field write_request_members[] = {
    MEMBER_OF("PutRequest", FIELD_STRUCT, item_shape),
    MEMBER_OF("DeleteRequest", FIELD_STRUCT, key_shape),
};
static const struct field_shape write_request_shape = SHAPE(write_request_members);

/* ---- replies */

static const struct field get_members[] = {MEMBER("Item", FIELD_ITEM)};

/* "Item" is the error's: the item that refused. */
static const struct field write_members[] = {
    MEMBER("Attributes", FIELD_ITEM),
    MEMBER("Item", FIELD_ITEM),
    MEMBER_OF("ItemCollectionMetrics", FIELD_STRUCT, collection_shape),
};

static const struct field page_members[] = {
    MEMBER("Items", FIELD_KEYS),
    MEMBER("LastEvaluatedKey", FIELD_ITEM),
};

static const struct field statement_response_members[] = {
    MEMBER_OF("Error", FIELD_STRUCT, item_shape),
    MEMBER("Item", FIELD_ITEM),
};
static const struct field_shape statement_response_shape = SHAPE(statement_response_members);

static const struct field batch_statement_members[] = {
    MEMBER_OF("Responses", FIELD_LIST, statement_response_shape),
};

/* "Item" is the error's: the item that refused. */
static const struct field statement_members[] = {
    MEMBER("Item", FIELD_ITEM),
    MEMBER("Items", FIELD_KEYS),
    MEMBER("LastEvaluatedKey", FIELD_ITEM),
};

static const struct field batch_get_members[] = {
    MEMBER_OF("Responses", FIELD_STRUCT, items_by_table_shape),
    MEMBER_OF("UnprocessedKeys", FIELD_MAP, keys_shape),
};

static const struct field batch_write_members[] = {
    MEMBER_OF("ItemCollectionMetrics", FIELD_MAP_OF_LISTS, collection_shape),
    MEMBER_OF("UnprocessedItems", FIELD_MAP_OF_LISTS, write_request_shape),
};

static const struct field transact_members[] = {
    MEMBER_OF("CancellationReasons", FIELD_LIST, item_shape),
    MEMBER_OF("ItemCollectionMetrics", FIELD_MAP_OF_LISTS, collection_shape),
    MEMBER_OF("Responses", FIELD_LIST, item_shape),
};

static const struct {
    const char *operation;
    struct field_shape shape;
} shapes[] = {
    {"BatchExecuteStatement", SHAPE(batch_statement_members)},
    {"BatchGetItem",          SHAPE(batch_get_members)      },
    {"BatchWriteItem",        SHAPE(batch_write_members)    },
    {"DeleteItem",            SHAPE(write_members)          },
    {"ExecuteStatement",      SHAPE(statement_members)      },
    {"ExecuteTransaction",    SHAPE(transact_members)       },
    {"GetItem",               SHAPE(get_members)            },
    {"PutItem",               SHAPE(write_members)          },
    {"Query",                 SHAPE(page_members)           },
    {"Scan",                  SHAPE(page_members)           },
    {"TransactGetItems",      SHAPE(transact_members)       },
    {"TransactWriteItems",    SHAPE(transact_members)       },
    {"UpdateItem",            SHAPE(write_members)          },
};

const struct field_shape *reply_shape_find(struct span operation)
{
    static const struct field_shape none = {0};
    for (size_t i = 0; i < ARRAY_COUNT(shapes); i++)
        if (span_eq(operation, span_of(shapes[i].operation))) return &shapes[i].shape;
    return &none;
}
