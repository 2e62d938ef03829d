/* scenario.h -- what is done while something fails, and how one sees afterwards what of it is
 * there.
 *
 * A scenario has a database made ready, takes steps in it, and looks. A step that answers ST_OK is
 * acknowledged. Each step leaves its mark, which a look at the database tells from the mark of not
 * having happened; there is no third.
 *
 *     scenario_prepare(s, house)      once, without faults
 *     scenario_run(s, house, acked)   in the middle of faults
 *     scenario_judge(s, house, acked) afterwards, without faults: fails the test when
 *                                     F1  a step that was acknowledged is not there,
 *                                     F2  another is there in part,
 *                                     F3  the change log has other records than its items,
 *                                     F4  engine_check finds a problem, or
 *                                     F5  the database takes no more writes
 */
#ifndef STATOR_TESTS_FAULT_SCENARIO_H
#define STATOR_TESTS_FAULT_SCENARIO_H

#include "fault/house.h"

enum { SCENARIO_STEPS_MAX = 8 };

/* How it is opened, and what the failing part is. */
typedef enum scenario_kind {
    SCENARIO_OPEN,    /* what was closed is opened, and then calls fail */
    SCENARIO_NEW,     /* there is nothing, and opening may fail; so may closing */
    SCENARIO_CRASHED, /* there is what a kill left, and opening may fail; so may closing */
} scenario_kind;

/* What a look told. */
typedef enum scenario_mark { MARK_ABSENT, MARK_PRESENT, MARK_TORN } scenario_mark;

struct scenario_step {
    const char *operation, *body; /* DynamoDB's, or VECTORS_NEAREST of vectors.h; or: */
    status (*act)(struct house *house);
    status wants; /* of a step that leaves no mark: a refusal, that is the answer */

    const char *look, *look_body;              /* an operation; NULL: the step leaves no mark */
    const char *absent, *present;              /* what it replies then; ST_NOT_FOUND: absent */
    scenario_mark (*see)(struct house *house); /* in place of these four */
    unsigned records;                          /* that it has in the change log */
};

struct scenario {
    const char *name;
    scenario_kind kind;
    void (*prepare)(struct house *house); /* or NULL */
    struct scenario_step steps[SCENARIO_STEPS_MAX];
    void (*judge)(struct house *house, const bool *acked); /* what is special; or NULL */
    bool trims; /* the change log has as many records as it has */
};

extern const struct scenario scenario_all[];
extern const unsigned scenario_count;

/* Does the step leave a mark? */
bool scenario_is_marked(const struct scenario_step *step);

void scenario_prepare(const struct scenario *scenario, struct house *house);
void scenario_run(const struct scenario *scenario, struct house *house, bool *acked);
void scenario_judge(const struct scenario *scenario, struct house *house, const bool *acked);

/* Are all that were acknowledged there? For reads in the middle of faults, which may fail. */
void scenario_glance(const struct scenario *scenario, struct house *house, const bool *acked);

/* Where the backup of the scenario of that name goes; beside the database, below what is watched.
 */
extern char scenario_copy_folder[HOUSE_PATH_BYTES];

#endif
