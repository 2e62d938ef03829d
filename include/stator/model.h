/* model.h -- C structs that are saved and loaded through a table of their members.
 *
 *     #include <stdio.h>
 *     #include <string.h>
 *     #include <stator/model.h>
 *
 *     typedef struct order {
 *         char pk[64], sk[64], status[16], amount[48];
 *         int64_t created, updated, version;
 *     } order;
 *
 *     static const stator_field order_fields[] = {
 *         STATOR_F_CHARS(order, pk, "PK", STATOR_F_PK),
 *         STATOR_F_CHARS(order, sk, "SK", STATOR_F_SK),
 *         STATOR_F_CHARS(order, status, "Status", STATOR_F_OMIT),
 *         STATOR_F_DEC(order, amount, "Amount", 0),
 *         STATOR_F_TIME(order, created, "CreatedAt", STATOR_F_CREATED),
 *         STATOR_F_TIME(order, updated, "UpdatedAt", STATOR_F_UPDATED),
 *         STATOR_F_INT(order, version, "Version", STATOR_F_VERSION),
 *     };
 *     static const stator_model order_model =
 *         STATOR_MODEL("ApplicationData", order, order_fields, NULL);
 *
 *     int main(void)
 *     {
 *         stator *db;
 *         if (stator_open("mem:", NULL, &db) < 0) return 1;
 *         order one = {.pk = "USER#7", .sk = "ORDER#1", .amount = "99.99"}, same = {0};
 *         stator_rc rc = stator_ensure_model(db, &order_model);
 *         if (rc == STATOR_OK) rc = stator_save(db, &order_model, &one);
 *         if (rc == STATOR_OK) rc = stator_update_fields(db, &order_model, "Amount", &one);
 *         memcpy(same.pk, one.pk, sizeof same.pk);
 *         memcpy(same.sk, one.sk, sizeof same.sk);
 *         if (rc == STATOR_OK) rc = stator_load(db, &order_model, &same, true);
 *         if (rc == STATOR_OK) printf("%s, version %d\n", same.amount, (int)same.version);
 *         if (rc < 0) fprintf(stderr, "%s\n", stator_error_get()->message);
 *         stator_close(db);
 *         return rc != STATOR_OK;
 *     }
 *
 * prints
 *
 *     99.99, version 2
 *
 * Who owns what. An object is the program's. Saving borrows what its members point at; loading
 * makes texts, sets and documents of its own in members that point (STATOR_F_CSTR, _STRINGS, _DOC),
 * without looking at what they pointed at before. stator_object_clear gives back what loading made.
 *
 * An object changes only when a call has succeeded: a version, a time or a member is never ahead of
 * what is stored. After a transaction, load again what is used further. A save whose reply was lost
 * is sent again, and may then be refused because of itself: load the object, and look.
 */
#ifndef STATOR_MODEL_H
#define STATOR_MODEL_H

#include "stator/calls.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a member does. The library sets what VERSION, CREATED and UPDATED say, and nothing else. */
enum {
    STATOR_F_PK = 1 << 0,      /* the partition key: each model has one */
    STATOR_F_SK = 1 << 1,      /* the sort key */
    STATOR_F_VERSION = 1 << 2, /* 1 when it is made, one more with each change; 0: not stored yet */
    STATOR_F_FROM_0 = 1 << 3,  /* with VERSION: 0 when it is made; then CREATED tells what is new */
    STATOR_F_CREATED = 1 << 4, /* when it was made; 0: not stored yet */
    STATOR_F_UPDATED = 1 << 5, /* when it was last changed */
    STATOR_F_TTL = 1 << 6,     /* of STATOR_F_TIME: seconds since 1970, for time to live */
    STATOR_F_SECONDS = 1 << 7, /* of STATOR_F_TIME: without a fraction of a second */
    STATOR_F_OMIT = 1 << 8,    /* "", 0, false and {} are left out, and removed by updates */
    STATOR_F_JSON = 1 << 9,    /* of STATOR_F_DOC: stored as a text of JSON, its names in order */
};

typedef struct stator_strings { /* a set of strings; equal ones count once */
    const char *const *items;
    size_t count;
} stator_strings;

enum {
    STATOR_CHARS_ = 1,
    STATOR_CSTR_,
    STATOR_INT_,
    STATOR_DBL_,
    STATOR_DEC_,
    STATOR_BOOL_,
    STATOR_TIME_,
    STATOR_ENUM_,
    STATOR_STRINGS_,
    STATOR_DOC_,
};

enum { STATOR_FIELDS = 100 }; /* members of one model, at most */

typedef struct stator_field { /* made by the macros below */
    const char *attr;         /* the attribute's name; none of . [ ] , : \ may be in it */
    uint16_t kind;
    uint16_t flags;
    uint32_t offset;
    uint32_t size;
    const char *const *names; /* of STATOR_F_ENUM */
} stator_field;

typedef struct stator_model {
    const char *table;
    const stator_field *fields;
    uint32_t field_count;
    uint32_t object_size;
    const stator_index_spec *indexes; /* for stator_ensure_model; or NULL */
} stator_model;

/* clang-format off */
#define STATOR_FIELD_(T, m, attr, kind, flags, names) \
    {attr, kind, flags, (uint32_t)offsetof(T, m), (uint32_t)sizeof(((T *)0)->m), names}
/* char m[N]: a text that ends within it */
#define STATOR_F_CHARS(T, m, attr, flags)   STATOR_FIELD_(T, m, attr, STATOR_CHARS_, flags, NULL)
/* char *m: NULL is left out */
#define STATOR_F_CSTR(T, m, attr, flags)    STATOR_FIELD_(T, m, attr, STATOR_CSTR_, flags, NULL)
/* int8_t to int64_t */
#define STATOR_F_INT(T, m, attr, flags)     STATOR_FIELD_(T, m, attr, STATOR_INT_, flags, NULL)
/* double: the shortest decimal that means it */
#define STATOR_F_DBL(T, m, attr, flags)     STATOR_FIELD_(T, m, attr, STATOR_DBL_, flags, NULL)
/* char m[N]: a decimal of up to 38 digits, exact; "" is left out */
#define STATOR_F_DEC(T, m, attr, flags)     STATOR_FIELD_(T, m, attr, STATOR_DEC_, flags, NULL)
/* bool */
#define STATOR_F_BOOL(T, m, attr, flags)    STATOR_FIELD_(T, m, attr, STATOR_BOOL_, flags, NULL)
/* int64_t microseconds since 1970, stored as RFC 3339 in UTC; 0 is left out */
#define STATOR_F_TIME(T, m, attr, flags)    STATOR_FIELD_(T, m, attr, STATOR_TIME_, flags, NULL)
/* int or an enum: an index of the NULL-ended array `names`, stored as the name; -1 is left out */
#define STATOR_F_ENUM(T, m, attr, flags, names) \
    STATOR_FIELD_(T, m, attr, STATOR_ENUM_, flags, names)
/* stator_strings: none are left out */
#define STATOR_F_STRINGS(T, m, attr, flags) STATOR_FIELD_(T, m, attr, STATOR_STRINGS_, flags, NULL)
/* stator_doc *: NULL is left out */
#define STATOR_F_DOC(T, m, attr, flags)     STATOR_FIELD_(T, m, attr, STATOR_DOC_, flags, NULL)

#define STATOR_MODEL(table, T, fields, indexes) \
    {table, fields, (uint32_t)(sizeof(fields) / sizeof((fields)[0])), (uint32_t)sizeof(T), indexes}
/* clang-format on */

/* Make the model's table unless it is there: its keys, its indexes, its time to live. */
STATOR_API stator_rc stator_ensure_model(stator *db, const stator_model *model);

/* In all of these opts->object is the object, and opts->condition is asked beside the model's own.
 * STATOR_OK; STATOR_CONDITION_FAILED: nothing was changed; STATOR_E_INVALID: the model or the
 * object is wrong, and the message says where; and what the calls of calls.h return.
 *
 *     save           an object that is not stored yet must not be there; one that is must have the
 *                    version that the object has. Without a version whatever is there is replaced.
 *     create         it must not be there.
 *     update_fields  the attributes named ("url, title"; NULL: all but keys and what the library
 *                    sets) become what the members are; the version must be the object's. Without a
 *                    version it is made when it is not there, unless .if_exists says otherwise.
 *     remove         the version must be the object's, unless that is 0. */
STATOR_API stator_rc stator_save_(stator *db, const stator_model *model,
                                  const stator_write_opts *opts);
STATOR_API stator_rc stator_create_(stator *db, const stator_model *model,
                                    const stator_write_opts *opts);
STATOR_API stator_rc stator_update_fields_(stator *db, const stator_model *model,
                                           const char *fields, const stator_write_opts *opts);
STATOR_API stator_rc stator_remove_(stator *db, const stator_model *model,
                                    const stator_write_opts *opts);

/* The same as actions of a transaction, which tells what is wrong when it is committed. The object
 * is left as it is. */
STATOR_API stator_tx *stator_tx_save_(stator_tx *tx, const stator_model *model,
                                      const stator_write_opts *opts);
STATOR_API stator_tx *stator_tx_create_(stator_tx *tx, const stator_model *model,
                                        const stator_write_opts *opts);
STATOR_API stator_tx *stator_tx_update_fields_(stator_tx *tx, const stator_model *model,
                                               const char *fields, const stator_write_opts *opts);
STATOR_API stator_tx *stator_tx_remove_(stator_tx *tx, const stator_model *model,
                                        const stator_write_opts *opts);

/* Fill the object from what is stored under its key members. STATOR_NOT_FOUND; as from_node. */
STATOR_API stator_rc stator_load(stator *db, const stator_model *model, void *object,
                                 bool consistent);

/* Fill all members from an item; members whose attribute is missing become "", 0, false, -1 or
 * NULL. STATOR_E_TYPE: an attribute has another type, does not fit the number, or is no name of the
 * enum; STATOR_E_TOO_LARGE: a text does not fit its array. The object is then as it was. */
STATOR_API stator_rc stator_from_node(const stator_model *model, const stator_node *item,
                                      void *object);

/* The item as it would be saved, version and times as they are. */
STATOR_API stator_rc stator_to_doc(const stator_model *model, const void *object, stator_doc **out);

/* Give back what loading made, and zero those members. */
STATOR_API void stator_object_clear(const stator_model *model, void *object);

#ifdef __cplusplus
}
#endif

#ifndef __cplusplus
/* clang-format off */
#    define stator_save(db, m, ...)                                   \
         stator_save_((db), (m), STATOR_W_(.object = __VA_ARGS__))
#    define stator_create(db, m, ...)                                 \
         stator_create_((db), (m), STATOR_W_(.object = __VA_ARGS__))
#    define stator_update_fields(db, m, fields, ...)                  \
         stator_update_fields_((db), (m), (fields), STATOR_W_(.object = __VA_ARGS__))
#    define stator_remove_obj(db, m, ...)                             \
         stator_remove_((db), (m), STATOR_W_(.object = __VA_ARGS__))
#    define stator_tx_save(tx, m, ...)                                \
         stator_tx_save_((tx), (m), STATOR_W_(.object = __VA_ARGS__))
#    define stator_tx_create(tx, m, ...)                              \
         stator_tx_create_((tx), (m), STATOR_W_(.object = __VA_ARGS__))
#    define stator_tx_update_fields(tx, m, fields, ...)               \
         stator_tx_update_fields_((tx), (m), (fields), STATOR_W_(.object = __VA_ARGS__))
#    define stator_tx_remove_obj(tx, m, ...)                          \
         stator_tx_remove_((tx), (m), STATOR_W_(.object = __VA_ARGS__))
/* clang-format on */
#endif

#endif
