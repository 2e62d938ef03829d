/* bookmarks.c -- a bookmark service: two items written as one, or neither.
 *
 * usage: bookmarks [DATABASE]      "mem:" unless it is given
 *
 * Users may add a number of bookmarks a month. A bookmark and the quota that pays for it stand in
 * two items, and a transaction writes both: the bookmark if it is new, the quota if something is
 * left of it. When the transaction is refused, the library says which of the two refused it.
 *
 * Items: PK USER#<user>,  SK BOOKMARK#<slug>   url, Locked, Version
 *        PK QUOTA#<user>, SK WINDOW#<month>    Remaining
 */
#include <stator/stator.h>
#include <stdio.h>

static const char table[] = "bookmarks";
static const char month[] = "WINDOW#2024-06";

/* A key, made of a user and a slug. Its texts live in `key`. */
struct key {
    char pk[64], sk[64];
};

static stator_val pk_of(struct key *key, const char *user)
{
    return stator_sf(key->pk, "USER#%s", user);
}

static stator_val sk_of(struct key *key, const char *slug)
{
    return stator_sf(key->sk, "BOOKMARK#%s", slug);
}

/* The dual write. */
static stator_rc add_bookmark(stator *db, const char *user, const char *slug, const char *url)
{
    struct key key;
    char quota[64];
    stator_tx *tx = stator_tx_new(db);
    stator_tx_put(tx, table,
                  STATOR_M({"PK", pk_of(&key, user)}, {"SK", sk_of(&key, slug)},
                           {"url", stator_s(url)}, {"Locked", stator_bool(false)},
                           {"Version", stator_i(1)}),
                  .if_not_exists = true);
    stator_tx_update(
        tx, table, STATOR_KEY({"PK", stator_sf(quota, "QUOTA#%s", user)}, {"SK", stator_s(month)}),
        stator_inc("Remaining", stator_i(-1)), .condition = stator_gt("Remaining", stator_i(0)));
    stator_rc rc = stator_tx_commit(tx, NULL);
    stator_tx_free(tx);
    return rc;
}

/* Give a bookmark another address, unless somebody locked it. */
static stator_rc move_bookmark(stator *db, const char *user, const char *slug, const char *url)
{
    struct key key;
    return stator_update(
        db, table, STATOR_KEY({"PK", pk_of(&key, user)}, {"SK", sk_of(&key, slug)}),
        stator_updates(stator_set("url", stator_s(url)), stator_inc("Version", stator_i(1))),
        .condition = stator_eq("Locked", stator_bool(false)));
}

/* Delete it if it is still what the caller saw. */
static stator_rc remove_bookmark(stator *db, const char *user, const char *slug, int version)
{
    struct key key;
    return stator_delete(db, table,
                         STATOR_KEY({"PK", pk_of(&key, user)}, {"SK", sk_of(&key, slug)}),
                         .condition = stator_eq("Version", stator_i(version)));
}

static stator_rc set_quota(stator *db, const char *user, int remaining)
{
    char quota[64];
    return stator_put(db, table,
                      STATOR_M({"PK", stator_sf(quota, "QUOTA#%s", user)}, {"SK", stator_s(month)},
                               {"Remaining", stator_i(remaining)}));
}

/* Several by their keys, in the order asked for, with the ones that are not there. */
static stator_rc show_bookmarks(stator *db, const char *user)
{
    struct key key;
    const stator_val pk = pk_of(&key, user);
    const stator_val keys[] = {STATOR_KEY({"PK", pk}, {"SK", stator_s("BOOKMARK#x")}),
                               STATOR_KEY({"PK", pk}, {"SK", stator_s("BOOKMARK#db")}),
                               STATOR_KEY({"PK", pk}, {"SK", stator_s("BOOKMARK#c")})};
    stator_result *found;
    const stator_rc rc = stator_batch_get(db, table, &found, keys, 3, .consistent = true);
    for (size_t i = 0; rc == STATOR_OK && i < 3; i++) {
        const char *url = stator_str(stator_result_item(found, i), "url");
        printf("  %zu: %s\n", i + 1, url != NULL ? url : "(none)");
    }
    stator_result_free(found);
    return rc;
}

/* What a call came to, in words: of a transaction, which action refused it. */
static void tell(const char *what, stator_rc rc)
{
    const stator_error *error = stator_error_get();
    if (rc < 0) {
        printf("%s: %s: %s\n", what, error->code, error->message);
    } else if (rc == STATOR_CONDITION_FAILED && error->op_index >= 0) {
        printf("%s: refused by action %d (%s)\n", what, error->op_index, error->op_name);
    } else {
        printf("%s: %s\n", what, rc == STATOR_OK ? "done" : "refused");
    }
}

static void run(stator *db)
{
    tell("quota of 2", set_quota(db, "ann", 2));
    tell("add c", add_bookmark(db, "ann", "c", "https://example.com/c17"));
    tell("add c again", add_bookmark(db, "ann", "c", "https://example.com/other"));
    tell("add db", add_bookmark(db, "ann", "db", "https://example.com/db"));
    tell("add a third", add_bookmark(db, "ann", "x", "https://example.com/x"));
    tell("move c", move_bookmark(db, "ann", "c", "https://example.com/c23"));
    tell("remove c as it was", remove_bookmark(db, "ann", "c", 1));
    tell("remove db", remove_bookmark(db, "ann", "db", 1));
    tell("show", show_bookmarks(db, "ann"));
}

int main(int argc, char **argv)
{
    stator *db;
    stator_rc rc = stator_open(argc > 1 ? argv[1] : "mem:", NULL, &db);
    if (rc == STATOR_OK) rc = stator_create_table(db, .name = table, .key = "PK:S, SK:S");
    if (rc == STATOR_OK) {
        run(db);
        rc = stator_delete_table(db, table);
    }
    if (rc != STATOR_OK) fprintf(stderr, "%s\n", stator_error_get()->message);
    stator_close(db);
    return rc != STATOR_OK;
}
