/* kit.c -- clock, randomness and faults of stator/testkit.h: they belong to the handle, whatever
 * carries its calls. */
#include "db/handle.h"
#include "db/options.h"
#include "db/turn.h"
#include "stator/testkit.h"

/* ---- clock and randomness */

static status check_clock(const stator *db, int64_t us, struct error *err)
{
    const stator_hooks *hooks = &db->hooked.hooks;
    if (hooks->now_us != NULL || hooks->sleep_us != NULL)
        return FAIL(err, ST_MISUSE,
                    "the clock of this handle is the program's: its options have hooks for it");
    if (us < 0 || us > hooked_last_us) return FAIL(err, ST_VALIDATION, "a time that cannot be");
    return ST_OK;
}

static status fix_clock(stator *db, int64_t now_us, struct error *err)
{
    TRY(check_clock(db, now_us, err));
    hooked_fix(&db->hooked, now_us);
    return ST_OK;
}

static status advance_clock(stator *db, int64_t us, struct error *err)
{
    TRY(check_clock(db, us, err));
    if (us > hooked_last_us - hooked_now_us(&db->hooked))
        return FAIL(err, ST_VALIDATION, "the clock cannot go beyond the year 9999");
    hooked_advance(&db->hooked, (uint64_t)us);
    return ST_OK;
}

static status fix_random(stator *db, int64_t seed, struct error *err)
{
    if (db->hooked.hooks.random != NULL)
        return FAIL(err, ST_MISUSE,
                    "the randomness of this handle is the program's: its options have a hook");
    hooked_seed(&db->hooked, (uint64_t)seed);
    return ST_OK;
}

/* A change to a handle, within a call. */
static stator_rc change(stator *db, status (*fn)(stator *, int64_t, struct error *), int64_t n)
{
    struct turn *turn = turn_begin();
    if (turn == NULL) return STATOR_E_NOMEM;
    status st = handle_enter(db, &turn->err);
    if (st != ST_OK) return turn_end(turn, st);
    st = fn(db, n, &turn->err);
    handle_leave(db);
    return turn_end(turn, st);
}

stator_rc stator_clock_fix(stator *db, int64_t now_us)
{
    return change(db, fix_clock, now_us);
}

stator_rc stator_clock_advance(stator *db, int64_t us)
{
    return change(db, advance_clock, us);
}

stator_rc stator_random_fix(stator *db, uint64_t seed)
{
    return change(db, fix_random, (int64_t)seed);
}

/* ---- faults */

static status add(stator *db, const stator_fault_spec *given, struct error *err)
{
    stator_fault_spec spec = {0};
    TRY(options_take("stator_fault_spec", given, &spec, sizeof spec, err));
    TRY(handle_enter(db, err));
    const status st = faults_add(&db->faults, &spec, err);
    handle_leave(db);
    return st;
}

stator_rc stator_fault_add(stator *db, const stator_fault_spec *spec)
{
    struct turn *turn = turn_begin();
    if (turn == NULL) return STATOR_E_NOMEM;
    return turn_end(turn, add(db, spec, &turn->err));
}

void stator_fault_clear(stator *db)
{
    if (db != NULL) faults_clear(&db->faults);
}

size_t stator_fault_count(stator *db)
{
    return db != NULL ? faults_met(&db->faults) : 0;
}
