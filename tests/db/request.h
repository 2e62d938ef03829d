/* request.h -- what a condition and an update become, in one line of text for comparison:
 *
 *     condition: #n0 = :v0 names: #n0=status values: :v0={"S":"JP"}
 *
 * Parts that there is nothing of are left out.
 */
#ifndef STATOR_TESTS_DB_REQUEST_H
#define STATOR_TESTS_DB_REQUEST_H

#include "stator/stator.h"

/* Assert that they become `expected`, or are refused with the status and text "STATUS: text"; NULL
 * stands for none. */
void request_check(const stator_upd *update, const stator_cond *condition, const char *expected);

/* The same for one of them. */
void request_check_cond(stator_cond condition, const char *expected);
void request_check_upd(stator_upd update, const char *expected);

/* Does `condition` hold for the item in plain JSON (NULL: no item)? Fails the test on an error. */
bool request_holds(stator_cond condition, const char *item);

#endif
