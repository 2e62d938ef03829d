/* stator.h -- a DynamoDB-compatible database in C: in the process, or wherever it runs.
 *
 *     #include <stdio.h>
 *     #include <stator/stator.h>
 *
 *     static stator_rc queue_job(stator *db, const char *key)
 *     {
 *         return stator_put(db, "jobs",
 *                           STATOR_M({"user", stator_s("acme")}, {"key", stator_s(key)},
 *                                    {"status", stator_s("queued")}, {"tries", stator_i(1)}),
 *                           .condition = stator_or(
 *                               stator_not_exists("key"),
 *                               stator_and(stator_eq("status", stator_s("failed")),
 *                                          stator_lt("tries", stator_i(3)))));
 *     }
 *
 *     int main(void)
 *     {
 *         stator *db;
 *         stator_result *jobs = NULL;
 *         stator_rc rc = stator_open("mem:", NULL, &db);
 *         if (rc == STATOR_OK)
 *             rc = stator_create_table(db, .name = "jobs", .key = "user:S, key:S");
 *         for (int i = 0; i < 2 && rc >= 0; i++) {
 *             rc = queue_job(db, "scan-10.0.0.1");
 *             if (rc >= 0) puts(rc == STATOR_OK ? "queued" : "is there already");
 *         }
 *         if (rc >= 0)
 *             rc = stator_query(db, "jobs", &jobs,
 *                               stator_and(stator_eq("user", stator_s("acme")),
 *                                          stator_begins_with("key", stator_s("scan-"))));
 *         for (size_t i = 0; i < stator_result_count(jobs); i++) {
 *             const stator_node *job = stator_result_item(jobs, i);
 *             printf("%s: %s, %s try\n", stator_str(job, "key"), stator_str(job, "status"),
 *                    stator_num(job, "tries"));
 *         }
 *         if (rc < 0) fprintf(stderr, "%s\n", stator_error_get()->message);
 *         stator_result_free(jobs);
 *         stator_close(db);
 *         return rc < 0;
 *     }
 *
 * prints
 *
 *     queued
 *     is there already
 *     scan-10.0.0.1: queued, 1 try
 *
 * Link with `pkg-config --cflags --libs stator`, or in CMake find_package(stator) and
 * stator::stator. Everything here is C11 or C++17; what C++ does differently stands at "composing".
 *
 * Who owns what:
 *
 *  1. What …_new, …_open, …_parse, …_copy and `out` pointers give is yours, to be ended by the
 *     matching …_free or …_close, which take NULL; a char * is ended by stator_free. After a
 *     failure `out` is NULL.
 *  2. Everything const that you are handed is borrowed from its owner (result, pager, document,
 *     error) and ends with it; of a pager also with its next step, of a document when it changes.
 *  3. The library never keeps your pointers after a call returns.
 *  4. Literals (stator_val, stator_cond, stator_upd) hold pointers to what they were made of. Plain
 *     ones may be returned from functions; what is composed by a macro below ends with its block:
 *     stator_cond_keep, _upd_keep and _val_keep copy it into a pool, which has no such end. Where
 *     AddressSanitizer looks for use after return, what has ended is STATOR_E_MISUSE.
 *  5. A database may be used by any number of threads at once; all else belongs to one at a time.
 *
 * Paths. Wherever a `path` is asked for: names joined by dots, indexes of lists in brackets,
 * "address.lines[0]". A backslash before . [ ] , : or \ makes it part of a name: "a\\.b" in C is
 * the attribute called a.b. Reserved words and odd names need no care: conditions and updates use
 * placeholders for them.
 */
#ifndef STATOR_STATOR_H
#define STATOR_STATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#    define STATOR_API __attribute__((__visibility__("default")))
#    define STATOR_PRINTF(text, first) __attribute__((__format__(__printf__, text, first)))
#else
#    define STATOR_API
#    define STATOR_PRINTF(text, first)
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- outcomes
 *
 * 0: done. Above 0: an outcome that business logic expects. Below 0: an error. So
 *
 *     if (rc < 0) log(stator_error_get()->message);
 *
 * logs what went wrong and is silent about a condition that did not hold. */
typedef int stator_rc;
enum {
    STATOR_OK = 0,
    STATOR_NOT_FOUND = 1,        /* no such item; stator_unpack: no such attribute; of a stream: its
                                    end */
    STATOR_CONDITION_FAILED = 2, /* the condition did not hold: nothing was changed */
    STATOR_DONE = 3,             /* an iterator is at its end; a stream has nothing yet */
    STATOR_PARTIAL = 4,          /* some entries of a batch are left over */

    STATOR_E_INVALID = -1,      /* the request is wrong: a value, a path, a text */
    STATOR_E_TOO_DEEP = -2,     /* a condition nests deeper than STATOR_DEPTH */
    STATOR_E_TOO_LARGE = -3,    /* over a size limit */
    STATOR_E_NO_TABLE = -4,     /* no such table */
    STATOR_E_TABLE_EXISTS = -5, /* a table of this name is there */
    STATOR_E_NO_INDEX = -6,     /* no such index */
    STATOR_E_TABLE_BUSY = -7,   /* the table is being changed */
    STATOR_E_THROTTLED = -8,    /* too much was asked for; try again later */
    STATOR_E_CONFLICT = -9,     /* a transaction on the item is under way; try again */
    STATOR_E_UNAVAILABLE = -10, /* the service is not there; try again */
    STATOR_E_INTERNAL = -11,    /* the service met an error of its own */
    STATOR_E_TX_CANCELED = -12, /* a transaction, for a reason other than a condition */
    STATOR_E_IDEMPOTENCY = -13, /* this client token belongs to another request */
    STATOR_E_AUTH = -14,        /* credentials are missing or refused */
    STATOR_E_NETWORK = -15,
    STATOR_E_TIMEOUT = -16,
    STATOR_E_CANCELED = -17, /* by the application */
    STATOR_E_PROTOCOL = -18, /* the reply is not what it should be */
    STATOR_E_NOMEM = -19,
    STATOR_E_IO = -20,
    STATOR_E_CORRUPT = -21, /* stored data is damaged */
    STATOR_E_LOCKED = -22,  /* another process has the data */
    STATOR_E_VERSION = -23, /* the stored version is another one */
    STATOR_E_TYPE = -24,    /* stator_unpack: the attribute has another type */
    STATOR_E_UNSUPPORTED = -25,
    STATOR_E_MISUSE = -26,        /* the program is wrong: NULL where a thing is needed, … */
    STATOR_E_NO_SCHEMA = -27,     /* no such partition schema (engine.h) */
    STATOR_E_SCHEMA_EXISTS = -28, /* there is one of this prefix */
    STATOR_E_MISFIT = -29,        /* the item does not fit its partition schema */
};

typedef struct stator_node stator_node; /* a stored value, read only */
typedef struct stator_doc stator_doc;   /* an item that can be changed */
typedef struct stator_pool stator_pool; /* what keeps literals beyond their block */

/* The last failure of a thread. Its texts end with the thread's next call of something that returns
 * a stator_rc or makes a thing; reading nodes does not end them, and the item may be an argument of
 * that call. */
typedef struct stator_error {
    stator_rc rc;            /* STATOR_OK: the last call went well */
    const char *code;        /* the service's name for it, "ValidationException"; of an error that
                                is the library's own, its name here: "STATOR_E_MISUSE" */
    const char *message;     /* never NULL; the service's sentences are exactly its own */
    const char *request_id;  /* or NULL */
    int http_status;         /* or 0 */
    int attempts;            /* how often it was sent */
    bool retryable;          /* may the same call succeed later? */
    bool client_fault;       /* is the request to blame? */
    int64_t expected;        /* STATOR_E_VERSION: the version asked for, … */
    int64_t actual;          /* … and the one that is stored */
    int op_index;            /* the first operation that failed, of several; else -1 */
    const char *op_name;     /* "Put", …; or NULL */
    const stator_node *item; /* the stored item, where it was asked for; or NULL */
    bool uncertain;          /* it may have been carried out although no reply says so */
    const char *schema;      /* the prefix of the partition schema that an item does not fit, … */
    const stator_node *misfit; /* … and why: a list of sentences; else NULL, both */
} stator_error;

STATOR_API const stator_error *stator_error_get(void); /* this thread's; never NULL */
STATOR_API const char *stator_rc_name(stator_rc rc);   /* "STATOR_E_INVALID"; static */

/* Make this the thread's last failure, for functions of an application's own that fail as the
 * library's do; returns `rc`. The message is cut at 255 bytes. */
STATOR_API stator_rc stator_fail(stator_rc rc, const char *format, ...) STATOR_PRINTF(2, 3);
STATOR_API const char *stator_version(void); /* "0.1.0" */
STATOR_API void stator_free(void *given);    /* a char * that the library made */

/* The memory that the library takes is to come from `resize`: as realloc, with the size that `old`
 * was taken with (NULL, 0: none); `size` 0 gives it back. It is called by any thread. Before
 * anything else of the library is called: later it is STATOR_E_MISUSE. The libraries underneath
 * (RocksDB, libcurl, OpenSSL) go on taking theirs from the C library. */
typedef void *(stator_resize_fn)(void *ud, void *old, size_t old_size, size_t size);
STATOR_API stator_rc stator_set_allocator(stator_resize_fn *resize, void *ud);

/* Give back what the library keeps for this thread: its last error and a few buffers. It happens by
 * itself when a thread ends; the first thread of a program may do it before it exits. */
STATOR_API void stator_thread_end(void);

/* ---- values
 *
 * A stator_val is 16 bytes, made on the spot, and points at what it was given. Whether it is a
 * value that can be stored is asked when it is used: a number of 39 digits, a string that is not
 * UTF-8, an empty set and the like are STATOR_E_INVALID then, in DynamoDB's words. */
typedef enum stator_kind {
    STATOR_NONE = 0, /* stator_type(NULL); an empty stator_val is refused */
    STATOR_S = 1,    /* string */
    STATOR_N = 2,    /* number: 38 decimal digits, exact */
    STATOR_B = 3,    /* binary */
    STATOR_SSET = 4,
    STATOR_NSET = 5,
    STATOR_BSET = 6,
    STATOR_MAP = 7,
    STATOR_LIST = 8,
    STATOR_NULL = 9,
    STATOR_BOOL = 10,

    /* of literals alone; private */
    STATOR_I64_ = 32,
    STATOR_F64_,
    STATOR_PATH_,
    STATOR_SIZE_,
    STATOR_NODE_,
    STATOR_SKIP_,
    STATOR_BAD_,
    STATOR_END_,
} stator_kind;

typedef struct stator_val stator_val;
typedef struct stator_attr stator_attr;
struct stator_val { /* private */
    uint8_t kind, why;
    uint16_t reserved;
    uint32_t n;
    union {
        const char *s;
        const void *p;
        int64_t i;
        double d;
        const stator_val *list;
        const stator_attr *map;
        const char *const *strs;
        const stator_node *node;
    } u;
};
struct stator_attr { /* { "name", value } */
    const char *name;
    stator_val value;
};

/* As many as there are up to the end that the macros put there. */
#define STATOR_COUNT_ ((size_t)-1)

STATOR_API stator_val stator_s(const char *text);              /* NULL is refused when used */
STATOR_API stator_val stator_sn(const char *text, size_t len); /* need not be terminated */
STATOR_API stator_val stator_opt_s(const char *text);          /* NULL or "": stator_skip() */
STATOR_API stator_val stator_n(const char *decimal);           /* "12.50": exact */
STATOR_API stator_val stator_i(int64_t number);
STATOR_API stator_val stator_d(double number); /* the shortest decimal that means it */
STATOR_API stator_val stator_b(const void *bytes, size_t len);
STATOR_API stator_val stator_bool(bool yes);
STATOR_API stator_val stator_null(void);
STATOR_API stator_val stator_skip(void); /* an attribute, element or action that is left out */
STATOR_API stator_val stator_ss(const char *const *members, size_t count);
STATOR_API stator_val stator_ns(const char *const *decimals, size_t count);
STATOR_API stator_val stator_bs(const stator_val *binaries, size_t count);
STATOR_API stator_val stator_list(const stator_val *elements, size_t count);
STATOR_API stator_val stator_map(const stator_attr *attributes, size_t count); /* of two with one
                                                                                  name the last */
STATOR_API stator_val stator_node_val(const stator_node *node); /* NULL is refused when used */
STATOR_API stator_val stator_doc_val(const stator_doc *doc);    /* as it is when used */

/* Operands of conditions and updates that are no values: the value at a path of the item, and
 * DynamoDB's size() of it. */
STATOR_API stator_val stator_path(const char *path);
STATOR_API stator_val stator_size(const char *path);

/* Text into an array: char key[64]; stator_sf(key, "USER#%s", id). Refused when used if it did not
 * fit. */
#define stator_sf(array, ...) stator_sf_((array), sizeof(array), __VA_ARGS__)
STATOR_API stator_val stator_sf_(char *buffer, size_t size, const char *format, ...)
    STATOR_PRINTF(3, 4);

/* ---- conditions
 *
 * One kind of condition serves as condition, filter and key condition. Names are escaped and values
 * bound: no #names, no :values, and nothing that a value could break out of. */
enum { STATOR_DEPTH = 16 }; /* how deep and, or, not may nest in one another */

typedef enum stator_cop {
    STATOR_C_NONE = 0, /* no condition, where one is optional */
    STATOR_C_EQ,
    STATOR_C_NE,
    STATOR_C_LT,
    STATOR_C_LE,
    STATOR_C_GT,
    STATOR_C_GE,
    STATOR_C_BETWEEN,
    STATOR_C_IN,
    STATOR_C_EXISTS,
    STATOR_C_NOT_EXISTS,
    STATOR_C_TYPE,
    STATOR_C_BEGINS,
    STATOR_C_CONTAINS,
    STATOR_C_AND,
    STATOR_C_OR,
    STATOR_C_NOT,
    STATOR_C_EXPR,
    STATOR_C_BAD_,
    STATOR_C_END_,
} stator_cop;

typedef struct stator_cond stator_cond;
struct stator_cond { /* private */
    uint8_t op;
    uint8_t reserved[3];
    int32_t failed;
    const char *text;
    const stator_cond *kids;
    const stator_val *args;
    size_t count;
    stator_val left, low, high;
};

STATOR_API stator_cond stator_eq(const char *path, stator_val v);
STATOR_API stator_cond stator_ne(const char *path, stator_val v); /* true when it is missing */
STATOR_API stator_cond stator_lt(const char *path, stator_val v);
STATOR_API stator_cond stator_le(const char *path, stator_val v);
STATOR_API stator_cond stator_gt(const char *path, stator_val v);
STATOR_API stator_cond stator_ge(const char *path, stator_val v);
STATOR_API stator_cond stator_between(const char *path, stator_val low, stator_val high);
STATOR_API stator_cond stator_one_of(const char *path, const stator_val *values, size_t count);
STATOR_API stator_cond stator_exists(const char *path);
STATOR_API stator_cond stator_not_exists(const char *path);
STATOR_API stator_cond stator_is_type(const char *path, const char *type); /* "S", … "NULL" */
STATOR_API stator_cond stator_begins_with(const char *path, stator_val prefix);
STATOR_API stator_cond stator_contains(const char *path, stator_val part);
/* Two operands of any kind: stator_cmp(stator_size("tags"), STATOR_C_GT, stator_i(3)). */
STATOR_API stator_cond stator_cmp(stator_val left, stator_cop op, stator_val right);
STATOR_API stator_cond stator_all(const stator_cond *kids, size_t count); /* and; of none: true */
STATOR_API stator_cond stator_any(const stator_cond *kids, size_t count); /* or; of none: false */
STATOR_API stator_cond stator_not_of(const stator_cond *kid);
STATOR_API stator_cond stator_always(void); /* for a part that is left out of an and */
STATOR_API stator_cond stator_never(void);

/* DynamoDB's own syntax, each ? standing for the next argument: a value, or stator_path or
 * stator_size. Reserved words need no #name here either. */
STATOR_API stator_cond stator_exprv(const char *text, const stator_val *args, size_t count);
STATOR_API stator_cond stator_expr0(const char *text); /* without a ? */

/* Does it hold for `item` (NULL: there is none)? Judged here, by the database's own evaluator. */
STATOR_API stator_rc stator_cond_check(stator_cond condition, const stator_node *item, bool *holds);

/* As a person would write it, for a log; it shows values. NULL: a failure. */
STATOR_API char *stator_cond_text(stator_cond condition);

/* From JSON:
 *
 *     {"And": [{"Eq": [{"Attr": "a.b"}, {"Literal": 1}]}, {"Not": {"AttributeExists": "c"}}]}
 *
 *     Eq Ne Lt Le Gt Ge Between       operands: {"Attr": path}, {"Size": path}, {"Literal": JSON}
 *     In                              an operand, then a list of operands or plain JSON
 *     BeginsWith Contains AttributeType      an operand, then an operand or plain JSON
 *     AttributeExists AttributeNotExists     a path
 *     And Or                          a list of conditions
 *     Not                             a condition
 *
 * Literals are plain JSON. *out lives in `pool`. */
STATOR_API stator_rc stator_cond_parse(stator_pool *pool, const char *json, stator_cond *out);

/* ---- updates */

typedef enum stator_uop {
    STATOR_U_NONE = 0,
    STATOR_U_SET,
    STATOR_U_DEFAULT,
    STATOR_U_INC,
    STATOR_U_APPEND,
    STATOR_U_PREPEND,
    STATOR_U_REMOVE,
    STATOR_U_ADD,
    STATOR_U_DISCARD,
    STATOR_U_LIST,
    STATOR_U_EXPR,
    STATOR_U_BAD_,
    STATOR_U_END_,
} stator_uop;

typedef struct stator_upd stator_upd;
struct stator_upd { /* private */
    uint8_t op;
    uint8_t reserved[3];
    int32_t failed;
    const char *text;
    const stator_upd *kids;
    const stator_val *args;
    size_t count;
    stator_val value;
};

/* An action whose value is stator_skip() is left out. */
STATOR_API stator_upd stator_set(const char *path, stator_val v);
STATOR_API stator_upd stator_set_default(const char *path, stator_val v); /* unless it is there */
STATOR_API stator_upd stator_inc(const char *path, stator_val number);    /* it must be there */
STATOR_API stator_upd stator_add(const char *path, stator_val number_or_set); /* need not be */
STATOR_API stator_upd stator_append(const char *path, stator_val list);       /* need not be */
STATOR_API stator_upd stator_prepend(const char *path, stator_val list);      /* need not be */
STATOR_API stator_upd stator_remove(const char *path);
STATOR_API stator_upd stator_discard(const char *path, stator_val set); /* members of a set */
STATOR_API stator_upd stator_upd_all(const stator_upd *actions, size_t count);
STATOR_API stator_upd stator_upd_exprv(const char *text, const stator_val *args, size_t count);
STATOR_API stator_upd stator_upd_expr0(const char *text);

/* As stator_cond_text. */
STATOR_API char *stator_upd_text(stator_upd update);

/* From JSON:
 *
 *     [{"action": "SET", "path": "a.b", "value": 1}, {"action": "REMOVE", "path": "c"}]
 *
 * Also ADD and DELETE, whose arrays of strings or numbers are sets. *out lives in `pool`. */
STATOR_API stator_rc stator_upd_parse(stator_pool *pool, const char *json, stator_upd *out);

/* ---- keeping literals
 *
 * A copy of all that a literal points at, which lives as long as the pool. What is wrong with it,
 * or no memory, is told when the copy is used. */
STATOR_API stator_pool *stator_pool_new(void); /* NULL: no memory */
STATOR_API void stator_pool_free(stator_pool *pool);
STATOR_API stator_val stator_val_keep(stator_pool *pool, stator_val v);
STATOR_API stator_cond stator_cond_keep(stator_pool *pool, stator_cond condition);
STATOR_API stator_upd stator_upd_keep(stator_pool *pool, stator_upd update);

/* ---- reading
 *
 * `path` leads from the node; NULL is the node itself. Every function takes a NULL node for one
 * that is not there, so stator_str(item, "a") may be asked of no item. A path that is none gives
 * what a missing value gives, and tells stator_error_get(). */
STATOR_API stator_kind stator_type(const stator_node *node); /* STATOR_NONE: not there */

/* Bytes of S and B, members, elements or attributes of the others, else 0. */
STATOR_API size_t stator_len(const stator_node *node);
STATOR_API const stator_node *stator_at(const stator_node *node, const char *path);

/* The i-th attribute (by name; *name is it), element or member. `name` may be NULL. */
STATOR_API const stator_node *stator_nth(const stator_node *node, size_t i, const char **name);

/* Texts end with a NUL and live as long as the node; numbers are exact decimals. A string may hold
 * NULs of its own: stator_len counts them. */
STATOR_API const char *stator_str(const stator_node *node, const char *path); /* NULL: no S */
STATOR_API const char *stator_num(const stator_node *node, const char *path); /* NULL: no N */
STATOR_API int64_t stator_int(const stator_node *node, const char *path, int64_t otherwise);
STATOR_API double stator_dbl(const stator_node *node, const char *path, double otherwise);
STATOR_API bool stator_flag(const stator_node *node, const char *path, bool otherwise);
STATOR_API const void *stator_bytes(const stator_node *node, const char *path,
                                    size_t *len); /* of B or S; else NULL */

/* Many at once: stator_unpack(item, "PK:s, Version:i, Note:s?", &pk, &version, &note). Each path is
 * followed by what its variable is: s const char *, n const char * (decimal), i int64_t, d double,
 * b bool, v const stator_node *, x const void * and then size_t. ? leaves the variable alone when
 * there is no such attribute. STATOR_NOT_FOUND, STATOR_E_TYPE: no variable was written. */
STATOR_API stator_rc stator_unpack(const stator_node *node, const char *format, ...);

/* Below, at or above 0 as `a` comes before, with or after `b`, both strings, numbers or binaries;
 * *comparable says so. Else 0 when they are equal. */
STATOR_API int stator_compare(const stator_node *a, const stator_node *b, bool *comparable);

typedef enum stator_json_style {
    STATOR_JSON_DYNAMODB = 0, /* {"a": {"N": "1"}}: every type, exact both ways */
    STATOR_JSON_PLAIN = 1,    /* {"a": 1} */
    STATOR_JSON_PRETTY = 2,   /* the same on many lines */
} stator_json_style;

/* NULL: no node, or no memory. */
STATOR_API char *stator_json(const stator_node *node, stator_json_style style);

/* ---- documents */

STATOR_API stator_doc *stator_doc_new(void);                    /* NULL: no memory */
STATOR_API stator_doc *stator_doc_copy(const stator_node *map); /* NULL: no map, no memory */
STATOR_API stator_rc stator_doc_parse(const char *json, size_t len, stator_json_style style,
                                      stator_doc **out);

/* Set what `path` leads to. Maps that are missing on the way are made; an index at or past the end
 * of a list appends. */
STATOR_API stator_rc stator_doc_set(stator_doc *doc, const char *path, stator_val v);
STATOR_API stator_rc stator_doc_unset(stator_doc *doc, const char *path); /* it may be missing */

/* What UpdateItem would make of it: all actions see the document as it was, and all are done or,
 * after a failure, none. */
STATOR_API stator_rc stator_doc_update(stator_doc *doc, stator_upd update);
STATOR_API const stator_node *stator_doc_node(const stator_doc *doc);
STATOR_API size_t stator_doc_bytes(const stator_doc *doc); /* DynamoDB's size of the item */
STATOR_API void stator_doc_free(stator_doc *doc);

/* ---- time, ids, decimals */

#define STATOR_SECOND ((int64_t)1000000) /* times are microseconds since 1970, UTC */
#define STATOR_MINUTE (60 * STATOR_SECOND)
#define STATOR_HOUR (60 * STATOR_MINUTE)
#define STATOR_DAY (24 * STATOR_HOUR)
enum { STATOR_TS_LEN = 32, STATOR_UUID_LEN = 37, STATOR_DECIMAL_LEN = 200 };

/* "2024-01-04T10:30:00Z", or with _frac "2024-01-04T10:30:00.0000000Z": of one width each, so that
 * texts sort as times; never mix them in one attribute. NULL, which stator_s refuses, and "" in
 * `out`: before 1970 or after 9999. */
STATOR_API char *stator_rfc3339(char out[STATOR_TS_LEN], int64_t us);
STATOR_API char *stator_rfc3339_frac(char out[STATOR_TS_LEN], int64_t us);

/* Any RFC 3339 text of those years, with a fraction or an offset from UTC or without. */
STATOR_API stator_rc stator_rfc3339_parse(const char *text, int64_t *us);

/* A version 4 UUID of 16 random bytes that you have. */
STATOR_API char *stator_uuid4_of(const uint8_t random[16], char out[STATOR_UUID_LEN]);

/* Exact sums of decimals, as the database makes them; STATOR_E_INVALID: no number, or more than 38
 * digits. *order is below, at or above 0. */
STATOR_API stator_rc stator_decimal_add(const char *a, const char *b, char out[STATOR_DECIMAL_LEN]);
STATOR_API stator_rc stator_decimal_sub(const char *a, const char *b, char out[STATOR_DECIMAL_LEN]);
STATOR_API stator_rc stator_decimal_compare(const char *a, const char *b, int *order);

#ifdef __cplusplus
}
#endif

/* ---- composing, in one expression
 *
 *     STATOR_M({ "PK", stator_s(id) }, { "age", stator_i(7) })         STATOR_L(v, …)
 *     STATOR_SS("a", "b")  STATOR_NS("1", "2.5")  STATOR_BS(stator_b(p, n), …)
 *     stator_and(c, …)  stator_or(c, …)  stator_not(c)  stator_in("path", v, …)
 *     stator_updates(u, …)
 *     stator_expr("a = ? AND b > ?", v, …)  stator_upd_expr("SET a = ?, b = b + ? REMOVE c", v, …)
 *
 * In C these are compound literals, which live until the end of the block that they stand in. C++
 * has none: there they live until the end of the full expression (the next semicolon), so compose
 * them in the call that takes them, or keep them in a pool. None of them may be empty; the
 * functions above take a count of 0. */
#define STATOR_KEY STATOR_M

/* clang-format off */
#ifndef __cplusplus
#    define STATOR_VALS_(...)  (const stator_val[]){__VA_ARGS__, {.kind = STATOR_END_}}
#    define STATOR_ATTRS_(...) (const stator_attr[]){__VA_ARGS__, {.value = {.kind = STATOR_END_}}}
#    define STATOR_STRS_(...)  (const char *const[]){__VA_ARGS__}
#    define STATOR_CONDS_(...) (const stator_cond[]){__VA_ARGS__, {.op = STATOR_C_END_}}
#    define STATOR_UPDS_(...)  (const stator_upd[]){__VA_ARGS__, {.op = STATOR_U_END_}}
#    define STATOR_STRS_COUNT_(...) (sizeof(STATOR_STRS_(__VA_ARGS__)) / sizeof(const char *))

#    define STATOR_M(...)      stator_map(STATOR_ATTRS_(__VA_ARGS__), STATOR_COUNT_)
#    define STATOR_L(...)      stator_list(STATOR_VALS_(__VA_ARGS__), STATOR_COUNT_)
#    define STATOR_SS(...)     stator_ss(STATOR_STRS_(__VA_ARGS__), STATOR_STRS_COUNT_(__VA_ARGS__))
#    define STATOR_NS(...)     stator_ns(STATOR_STRS_(__VA_ARGS__), STATOR_STRS_COUNT_(__VA_ARGS__))
#    define STATOR_BS(...)     stator_bs(STATOR_VALS_(__VA_ARGS__), STATOR_COUNT_)
#    define stator_and(...)    stator_all(STATOR_CONDS_(__VA_ARGS__), STATOR_COUNT_)
#    define stator_or(...)     stator_any(STATOR_CONDS_(__VA_ARGS__), STATOR_COUNT_)
#    define stator_not(c)      stator_not_of((const stator_cond[]){c})
#    define stator_in(path, ...) stator_one_of((path), STATOR_VALS_(__VA_ARGS__), STATOR_COUNT_)
#    define stator_expr(text, ...) stator_exprv((text), STATOR_VALS_(__VA_ARGS__), STATOR_COUNT_)
#    define stator_updates(...) stator_upd_all(STATOR_UPDS_(__VA_ARGS__), STATOR_COUNT_)
#    define stator_upd_expr(text, ...)                                                             \
         stator_upd_exprv((text), STATOR_VALS_(__VA_ARGS__), STATOR_COUNT_)
#else
#    include <initializer_list>
#    define STATOR_M(...)      stator_map_({__VA_ARGS__})
#    define STATOR_L(...)      stator_list_({__VA_ARGS__})
#    define STATOR_SS(...)     stator_ss_({__VA_ARGS__})
#    define STATOR_NS(...)     stator_ns_({__VA_ARGS__})
#    define STATOR_BS(...)     stator_bs_({__VA_ARGS__})
#    define stator_and(...)    stator_all_({__VA_ARGS__})
#    define stator_or(...)     stator_any_({__VA_ARGS__})
#    define stator_not(c)      stator_not_({c})
#    define stator_in(path, ...)       stator_one_of_((path), {__VA_ARGS__})
#    define stator_expr(text, ...)     stator_exprv_((text), {__VA_ARGS__})
#    define stator_updates(...)        stator_upd_all_({__VA_ARGS__})
#    define stator_upd_expr(text, ...) stator_upd_exprv_((text), {__VA_ARGS__})

template <typename T> using stator_those_ = std::initializer_list<T>;
/* A list in braces lives as long as the arguments of the call that it stands in. */
#    define STATOR_TAKES_(result, name, element, function)                                         \
         inline result name(stator_those_<element> those)                                          \
         { return function(those.begin(), those.size()); }
#    define STATOR_TAKES_TEXT_(result, name, function)                                             \
         inline result name(const char *text, stator_those_<stator_val> those)                     \
         { return function(text, those.begin(), those.size()); }
STATOR_TAKES_(stator_val, stator_map_, stator_attr, stator_map)
STATOR_TAKES_(stator_val, stator_list_, stator_val, stator_list)
STATOR_TAKES_(stator_val, stator_ss_, const char *, stator_ss)
STATOR_TAKES_(stator_val, stator_ns_, const char *, stator_ns)
STATOR_TAKES_(stator_val, stator_bs_, stator_val, stator_bs)
STATOR_TAKES_(stator_cond, stator_all_, stator_cond, stator_all)
STATOR_TAKES_(stator_cond, stator_any_, stator_cond, stator_any)
STATOR_TAKES_(stator_upd, stator_upd_all_, stator_upd, stator_upd_all)
STATOR_TAKES_TEXT_(stator_cond, stator_one_of_, stator_one_of)
STATOR_TAKES_TEXT_(stator_cond, stator_exprv_, stator_exprv)
STATOR_TAKES_TEXT_(stator_upd, stator_upd_exprv_, stator_upd_exprv)
inline stator_cond stator_not_(stator_those_<stator_cond> one)
{ return stator_not_of(one.begin()); }
#    undef STATOR_TAKES_
#    undef STATOR_TAKES_TEXT_
#endif
/* clang-format on */

#include "stator/calls.h"

#endif
