/* board.h -- where a child says how far it came, so that its parent knows when it dies: memory that
 * both share, over a file.
 */
#ifndef STATOR_TESTS_FAULT_BOARD_H
#define STATOR_TESTS_FAULT_BOARD_H

#include "fault/scenario.h"

enum { BOARD_KINDS_MAX = 32, BOARD_STOPS_MAX = 4 };

typedef enum board_phase { BOARD_PREPARES, BOARD_RUNS, BOARD_JUDGES } board_phase;

struct board {
    board_phase phase;
    unsigned kind; /* of fault */
    uint64_t nth;
    uint64_t ready_ms, played_ms; /* what the clock showed when it was made, and played */
    bool acked[SCENARIO_STEPS_MAX];
    struct board_tally {
        uint64_t runs;    /* of the scenario */
        uint64_t fired;   /* faults, in all of them */
        uint64_t refused; /* runs in which something was not acknowledged */
        uint64_t stopped; /* runs that RocksDB's own assertion ended */
    } tallies[BOARD_KINDS_MAX];
    uint64_t stops[BOARD_STOPS_MAX]; /* by the assertion's place */
};

/* Of the folder in which all of one scenario happens; made, all zero, when it is not there. */
struct board *board_open(const char *folder);
void board_close(struct board *board);

#endif
