/* entities.c -- documents of one table: saved with a version, found by user and by email, and pages
 * that have numbers.
 */
#include <stdio.h>

#include "patterns/common.h"

enum { PK_LEN = 1024, PAGE_SIZE_USUAL = 10, PAGE_SIZE_MAX = 100 };

/* ---- saving */

static stator_upd stamps(stator_upd out[3], const char *time, int64_t version)
{
    out[0] = stator_set("UpdatedAt", stator_s(time));
    out[1] = stator_set("Version", stator_i(version + 1));
    out[2] = stator_set("CreatedAt", version == 0 ? stator_s(time) : stator_skip());
    return stator_upd_all(out, 3);
}

static stator_rc put(stator *db, const char *table, const stator_doc *stamped, int64_t version)
{
    const stator_write_opts opts = {
        .size = sizeof opts,
        .value = stator_doc_val(stamped),
        .if_not_exists = version == 0,
        .condition = version == 0 ? stator_always() : stator_eq("Version", stator_i(version)),
    };
    return stator_put_item(db, table, &opts);
}

/* The copy is stamped and put; the original is stamped when that was done. */
static stator_rc save(stator *db, const char *table, stator_doc *entity, stator_doc *copy)
{
    char time[STATOR_TS_LEN];
    stator_upd updates[3];
    const int64_t version = stator_int(stator_doc_node(entity), "Version", 0);
    if (version < 0 || version == INT64_MAX)
        return stator_fail(STATOR_E_INVALID, "the Version cannot be a saved one");
    const stator_upd stamp = stamps(updates, stator_rfc3339_frac(time, stator_now(db)), version);
    stator_rc rc = stator_doc_update(copy, stamp);
    if (rc == STATOR_OK) rc = put(db, table, copy, version);
    return rc == STATOR_OK ? stator_doc_update(entity, stamp) : rc;
}

stator_rc stator_entity_save(stator *db, const char *table, stator_doc *entity)
{
    if (db == NULL || table == NULL || entity == NULL) return common_misuse("stator_entity_save");
    stator_doc *copy = stator_doc_copy(stator_doc_node(entity));
    if (copy == NULL) return STATOR_E_NOMEM;
    const stator_rc rc = save(db, table, entity, copy);
    stator_doc_free(copy);
    return rc;
}

/* ---- finding */

stator_rc stator_user_orders(stator *db, const char *table, const char *user,
                             const stator_span_us *when, stator_pager **out)
{
    char pk[PK_LEN], from[STATOR_TS_LEN], to[STATOR_TS_LEN];
    if (out == NULL) return common_misuse("stator_user_orders");
    *out = NULL;
    if (db == NULL || table == NULL || user == NULL) return common_misuse("stator_user_orders");
    stator_query_opts opts = {
        .size = sizeof opts,
        .key = stator_and(stator_eq("PK", stator_sf(pk, "USER#%s", user)),
                          stator_begins_with("SK", stator_s("ORDER#"))),
    };
    if (when != NULL)
        opts.filter =
            stator_between("CreatedAt", stator_s(stator_rfc3339_frac(from, when->from_us)),
                           stator_s(stator_rfc3339_frac(to, when->to_us)));
    return stator_pager_query(db, table, out, &opts);
}

stator_rc stator_user_by_email(stator *db, const char *table, const char *email, stator_doc **out)
{
    stator_result *found = NULL;
    if (out == NULL) return common_misuse("stator_user_by_email");
    *out = NULL;
    if (db == NULL || table == NULL || email == NULL) return common_misuse("stator_user_by_email");
    const stator_query_opts opts = {
        .size = sizeof opts,
        .key = stator_eq("Email", stator_s(email)),
        .index = STATOR_EMAIL_INDEX,
        .limit = 1,
    };
    const stator_rc rc = stator_query_page(db, table, &found, &opts);
    if (rc == STATOR_OK) return common_take(found, out);
    stator_result_free(found);
    return rc;
}

/* ---- numbered pages */

stator_page stator_page_of(int64_t page, int64_t size, int64_t total)
{
    stator_page it = {
        .page = page > 0 ? page : 1,
        .size = size <= 0              ? PAGE_SIZE_USUAL
                : size < PAGE_SIZE_MAX ? size
                                       : PAGE_SIZE_MAX,
        .total = total,
    };
    if (total > 0) it.pages = (total - 1) / it.size + 1;
    it.has_previous = it.page > 1;
    it.has_next = it.page < it.pages;
    return it;
}

/* The number of that page; 0: there is none. */
static int64_t number_of(const stator_page *page, const char *which)
{
    const struct {
        const char *name;
        int64_t number;
    } pages[] = {
        {"first",    1                                      },
        {"previous", page->has_previous ? page->page - 1 : 0},
        {"next",     page->has_next ? page->page + 1 : 0    },
        {"last",     page->pages                            },
    };
    for (size_t i = 0; i < ARRAY_COUNT(pages); i++)
        if (common_is(which, pages[i].name)) return pages[i].number;
    return 0;
}

char *stator_page_link(const stator_page *page, const char *base, const char *which, char *out,
                       size_t size)
{
    if (out == NULL || size == 0) return NULL;
    out[0] = '\0';
    if (page == NULL || base == NULL) return NULL;
    const int64_t number = number_of(page, which);
    if (number == 0) return NULL;
    const int len = snprintf(out, size, "%s?pageNumber=%lld&pageSize=%lld", base, (long long)number,
                             (long long)page->size);
    if (len >= 0 && (size_t)len < size) return out;
    out[0] = '\0';
    return NULL;
}
