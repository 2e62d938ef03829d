/* database.h -- a database in memory that fuzzers put requests to.
 *
 * It goes on from input to input, so that one finds what others left. Every so often it is looked
 * at whether it is still whole (engine_check), and now and then it is a new one: what is left
 * behind stays bounded.
 */
#ifndef STATOR_FUZZ_DATABASE_H
#define STATOR_FUZZ_DATABASE_H

#include "instance/instance.h"

/* The one there is: opened by the first call, for one caller of its api, and closed when the
 * process ends. */
MUST_USE struct instance *database(void);

/* To be called before each input, where inputs write: does what is said above. True: it is time to
 * make what inputs take to be there. */
MUST_USE bool database_tend(void);

/* Change one stored value, whatever it is: the `key`-th of all (counted around), at byte `at` of
 * it, by xor with `flip`; 0 cuts it off there. From here on requests may fail by the database's
 * fault, and engine_check may find it not whole, but neither may crash. After the input it is a new
 * one. */
struct database_damage {
    uint32_t key;
    uint32_t at;
    uint8_t flip;
};
void database_damage(const struct database_damage *damage);

/* Was that done to the database that there is? */
MUST_USE bool database_is_damaged(void);

#endif
