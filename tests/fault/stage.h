/* stage.h -- the folders in which a scenario is played again and again.
 *
 *     WORK/ready/data    the database as every play begins with it
 *     WORK/play/data     the one that is played in; WORK/play is what disk.h watches
 *     WORK/play/copy     the backup of the scenario of that name
 *     WORK/left/data      what a power cut left
 */
#ifndef STATOR_TESTS_FAULT_STAGE_H
#define STATOR_TESTS_FAULT_STAGE_H

#include "fault/scenario.h"

/* A path below `work`; static, good until the sixth call after it. */
const char *stage_path(const char *work, const char *below);

/* Make WORK/ready, once for all plays. Leaves nothing watched. What the clock shows then. */
uint64_t stage_make(const char *work, const struct scenario *scenario);

/* Make WORK/play anew from WORK/ready, and watch it. The other end is disk_forget. */
void stage_set(const char *work);

/* Open the house in WORK/play, not yet failing anything, unless opening is part of the scenario. */
void stage_enter(const char *work, const struct scenario *scenario, struct house *house);

/* What a power cut left in WORK/left takes the place of WORK/play, which is not watched any more.
 */
void stage_take_left(const char *work);

/* Remove a folder with all that is in it, or nothing. */
void stage_clear(const char *folder);

#endif
