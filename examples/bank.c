/* bank.c -- a transfer between two accounts: three writes that happen together, and exact sums.
 *
 * usage: bank [DATABASE]      "mem:" unless it is given
 *
 * Money leaves one account, arrives in another and is written down, as one transaction: a power cut
 * leaves all of it or nothing. The condition on the first account is judged with the write, so two
 * transfers at once cannot both spend the same money. Amounts are decimals of up to 38 digits: 0.1
 * and 0.2 make 0.3. A transfer has a number, and its record must be new: one that is sent again, by
 * a program that did not hear the first reply, is found to be done.
 *
 * Items: PK ACCOUNT#<name>,    SK BALANCE    Balance, UpdatedAt
 *        PK TRANSFER#<number>, SK TRANSFER   FromAccount, ToAccount, Amount, CreatedAt
 */
#include <stator/stator.h>
#include <stdio.h>

static const char table[] = "bank";

struct transfer {
    const char *number, *from, *to, *amount;
};

static stator_rc open_account(stator *db, const char *name, const char *balance)
{
    char pk[64];
    return stator_put(db, table,
                      STATOR_M({"PK", stator_sf(pk, "ACCOUNT#%s", name)},
                               {"SK", stator_s("BALANCE")}, {"Balance", stator_n(balance)}),
                      .if_not_exists = true);
}

/* The actions' places, which a refusal names. */
enum { TAKE, GIVE, WRITE_DOWN };

static stator_rc send(stator *db, const struct transfer *t)
{
    char from[64], to[64], record[64], now[STATOR_TS_LEN];
    const stator_val amount = stator_n(t->amount);
    const stator_val at = stator_s(stator_rfc3339(now, stator_now(db)));
    stator_tx *tx = stator_tx_new(db);
    stator_tx_update(
        tx, table,
        STATOR_KEY({"PK", stator_sf(from, "ACCOUNT#%s", t->from)}, {"SK", stator_s("BALANCE")}),
        stator_upd_expr("SET Balance = Balance - ?, UpdatedAt = ?", amount, at),
        .condition = stator_ge("Balance", amount));
    stator_tx_update(
        tx, table,
        STATOR_KEY({"PK", stator_sf(to, "ACCOUNT#%s", t->to)}, {"SK", stator_s("BALANCE")}),
        stator_upd_expr("SET Balance = Balance + ?, UpdatedAt = ?", amount, at), .if_exists = true);
    stator_tx_put(tx, table,
                  STATOR_M({"PK", stator_sf(record, "TRANSFER#%s", t->number)},
                           {"SK", stator_s("TRANSFER")}, {"FromAccount", stator_s(t->from)},
                           {"ToAccount", stator_s(t->to)}, {"Amount", amount}, {"CreatedAt", at}),
                  .if_not_exists = true);
    const stator_rc rc = stator_tx_commit(tx, NULL);
    stator_tx_free(tx);
    return rc;
}

/* Done before, or why not: the record is asked first, for an account that is empty now may be so
 * because of this very transfer. */
static stator_rc send_once(stator *db, const struct transfer *t, const char **outcome)
{
    static const char *const refusals[] = {
        [TAKE] = "not enough money", [GIVE] = "no such account", [WRITE_DOWN] = "done before"};
    char record[64];
    stator_result *found = NULL;
    stator_rc rc = send(db, t);
    *outcome = "sent";
    if (rc != STATOR_CONDITION_FAILED) return rc;

    *outcome = refusals[stator_error_get()->op_index];
    rc = stator_get(db, table, &found,
                    STATOR_KEY({"PK", stator_sf(record, "TRANSFER#%s", t->number)},
                               {"SK", stator_s("TRANSFER")}),
                    .consistent = true);
    if (rc == STATOR_OK) *outcome = refusals[WRITE_DOWN];
    stator_result_free(found);
    return rc < 0 ? rc : STATOR_OK;
}

/* Both balances as of one moment: never between the two halves of a transfer. */
static stator_rc show_balances(stator *db)
{
    const stator_val keys[] = {
        STATOR_KEY({"PK", stator_s("ACCOUNT#ann")}, {"SK", stator_s("BALANCE")}),
        STATOR_KEY({"PK", stator_s("ACCOUNT#bob")}, {"SK", stator_s("BALANCE")})};
    const char *const tables[] = {table, table};
    stator_result *both;
    const stator_rc rc = stator_tx_get_items(db, tables, keys, 2, &both);
    if (rc == STATOR_OK)
        printf("  ann %s, bob %s\n", stator_num(stator_result_item(both, 0), "Balance"),
               stator_num(stator_result_item(both, 1), "Balance"));
    stator_result_free(both);
    return rc;
}

static stator_rc run(stator *db)
{
    static const struct transfer transfers[] = {
        {"1", "ann", "bob", "0.1"                     },
        {"2", "ann", "bob", "0.2"                     },
        {"2", "ann", "bob", "0.2"                     },
        {"3", "ann", "bob", "100"                     },
        {"4", "ann", "eve", "0.01"                    },
        {"5", "bob", "ann", "12345678901234567890.125"},
        {"6", "ann", "bob", "99.825"                  },
    };
    stator_rc rc = open_account(db, "ann", "100");
    if (rc == STATOR_OK) rc = open_account(db, "bob", "12345678901234567890");
    for (size_t i = 0; i < sizeof transfers / sizeof transfers[0] && rc == STATOR_OK; i++) {
        const struct transfer *t = &transfers[i];
        const char *outcome;
        rc = send_once(db, t, &outcome);
        if (rc < 0) break;
        printf("%s: %s from %s to %s: %s\n", t->number, t->amount, t->from, t->to, outcome);
        rc = show_balances(db);
    }
    return rc;
}

int main(int argc, char **argv)
{
    stator *db;
    stator_rc rc = stator_open(argc > 1 ? argv[1] : "mem:", NULL, &db);
    if (rc == STATOR_OK) rc = stator_create_table(db, .name = table, .key = "PK:S, SK:S");
    if (rc == STATOR_OK) rc = run(db);
    if (rc == STATOR_OK) rc = stator_delete_table(db, table);
    if (rc != STATOR_OK) fprintf(stderr, "%s\n", stator_error_get()->message);
    stator_close(db);
    return rc != STATOR_OK;
}
