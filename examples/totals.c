/* totals.c -- a table that follows another: what each customer has ordered, kept up to date by the
 * changes of the orders.
 *
 * usage: totals [DATABASE]      "mem:" unless it is given
 *
 * Orders are written by whoever likes, and know nothing of the totals. A follower reads the stream
 * of the orders and adds the difference that each change makes. The total and the place in the
 * stream change in one transaction, so a follower that dies counts nothing twice and misses
 * nothing when it begins again: here it stops after three changes and another one goes on.
 *
 * Items of totals_orders: order, customer, amount
 *       of totals:        PK CUSTOMER#<name>, sum, or PK POSITION, place
 */
#include <stator/stator.h>
#include <stdio.h>

static const char orders[] = "totals_orders";
static const char totals[] = "totals";

static stator_rc order(stator *db, const char *id, const char *customer, int amount)
{
    return stator_put(db, orders,
                      STATOR_M({"order", stator_s(id)}, {"customer", stator_s(customer)},
                               {"amount", stator_i(amount)}));
}

/* ---- the follower */

/* What the orders of a customer come to, and the place up to which that was counted. */
static stator_rc count(stator *db, const char *customer, int64_t difference, const char *place)
{
    char pk[64];
    stator_tx *tx = stator_tx_new(db);
    stator_tx_update(tx, totals, STATOR_KEY({"PK", stator_sf(pk, "CUSTOMER#%s", customer)}),
                     stator_add("sum", stator_i(difference)));
    stator_tx_put(tx, totals, STATOR_M({"PK", stator_s("POSITION")}, {"place", stator_s(place)}));
    const stator_rc rc = stator_tx_commit(tx, NULL);
    stator_tx_free(tx);
    return rc;
}

static const char *const words[] = {"?", "new", "changed", "gone"};

static stator_rc apply(stator *db, const stator_change *change, const char *place)
{
    const stator_node *image = change->new_image != NULL ? change->new_image : change->old_image;
    const char *customer = stator_str(image, "customer");
    const int64_t difference =
        stator_int(change->new_image, "amount", 0) - stator_int(change->old_image, "amount", 0);
    printf("  %s is %s: %s %+d\n", stator_str(change->keys, "order"), words[change->kind], customer,
           (int)difference);
    return count(db, customer, difference, place);
}

/* Go on where the last one stopped, for at most `most` changes or until nothing comes. */
static stator_rc follow(stator *db, int most)
{
    stator_stream *stream;
    stator_change change;
    stator_result *last;
    stator_rc rc = stator_get(db, totals, &last, STATOR_KEY({"PK", stator_s("POSITION")}));
    if (rc < 0) return rc;
    const char *place = stator_str(stator_result_item(last, 0), "place");
    rc = stator_stream_open(db, orders, place != NULL ? place : "TRIM_HORIZON", &stream);
    stator_result_free(last);
    while (rc == STATOR_OK && most-- > 0) {
        rc = stator_stream_next(stream, STATOR_SECOND / 5, &change);
        if (rc == STATOR_OK) rc = apply(db, &change, stator_stream_position(stream));
    }
    stator_stream_close(stream);
    return rc == STATOR_DONE ? STATOR_OK : rc;
}

/* ---- the rest */

static stator_rc show(stator *db, const char *customer)
{
    char pk[64];
    stator_result *r;
    const stator_rc rc =
        stator_get(db, totals, &r, STATOR_KEY({"PK", stator_sf(pk, "CUSTOMER#%s", customer)}));
    printf("%s: %d\n", customer, (int)stator_int(stator_result_item(r, 0), "sum", 0));
    stator_result_free(r);
    return rc;
}

static stator_rc run(stator *db)
{
    stator_rc rc = order(db, "o1", "ann", 10);
    if (rc == STATOR_OK) rc = order(db, "o2", "ann", 5);
    if (rc == STATOR_OK) rc = order(db, "o1", "ann", 12);
    if (rc == STATOR_OK) rc = stator_delete(db, orders, STATOR_KEY({"order", stator_s("o2")}));
    puts("a follower that dies:");
    if (rc == STATOR_OK) rc = follow(db, 3);
    if (rc == STATOR_OK) rc = order(db, "o3", "bob", 7);
    puts("another:");
    if (rc == STATOR_OK) rc = follow(db, 1000);
    if (rc == STATOR_OK) rc = show(db, "ann");
    if (rc == STATOR_OK) rc = show(db, "bob");
    return rc;
}

int main(int argc, char **argv)
{
    stator *db;
    stator_rc rc = stator_open(argc > 1 ? argv[1] : "mem:", NULL, &db);
    if (rc == STATOR_OK)
        rc = stator_create_table(db, .name = orders, .key = "order:S",
                                 .stream = "NEW_AND_OLD_IMAGES");
    if (rc == STATOR_OK) rc = stator_create_table(db, .name = totals, .key = "PK:S");
    if (rc == STATOR_OK) rc = run(db);
    if (rc == STATOR_OK) rc = stator_delete_table(db, orders);
    if (rc == STATOR_OK) rc = stator_delete_table(db, totals);
    if (rc != STATOR_OK) fprintf(stderr, "%s\n", stator_error_get()->message);
    stator_close(db);
    return rc != STATOR_OK;
}
