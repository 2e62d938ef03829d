/* member.h -- one member of an object and the attribute that it is stored as.
 *
 *     member_check   is the table of members right about this one?
 *     member_value   member -> literal, which borrows from the object and from `room`
 *     member_read    attribute -> member
 *     member_clear   what member_read allocated, given back
 */
#ifndef STATOR_PATTERNS_MEMBER_H
#define STATOR_PATTERNS_MEMBER_H

#include "base/attributes.h"
#include "stator/model.h"

/* Where literals keep what stands nowhere else. All zero is empty. */
struct member_room {
    char times[STATOR_FIELDS][STATOR_TS_LEN];
    size_t time_count;
    char *jsons[STATOR_FIELDS]; /* from the library; freed by member_room_free */
    size_t json_count;
};
void member_room_free(struct member_room *room);

/* STATOR_E_INVALID, and the last error says what is wrong with `field`. */
MUST_USE stator_rc member_check(const stator_field *field);

/* stator_skip() when it is left out. STATOR_E_INVALID: the member holds what cannot be stored;
 * STATOR_E_NOMEM. Asserts that `room` is not full. */
MUST_USE stator_rc member_value(const stator_field *field, const void *object,
                                struct member_room *room, stator_val *out);

/* Write the member from the field's attribute of `item`, or as nothing when there is none.
 * STATOR_E_TYPE, STATOR_E_TOO_LARGE, STATOR_E_NOMEM: the member is as it was. */
MUST_USE stator_rc member_read(const stator_field *field, const stator_node *item, void *object);

void member_clear(const stator_field *field, void *object);

/* Of STATOR_F_INT, _ENUM and _TIME alone. */
MUST_USE int64_t member_int(const stator_field *field, const void *object);
/* Whether it fits; else nothing is written. */
bool member_put_int(const stator_field *field, void *object, int64_t number);

#endif
