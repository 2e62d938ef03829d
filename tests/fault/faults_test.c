/* faults_test.c -- every scenario, with the 1st, 2nd, … call of every kind failing.
 *
 * For each scenario of scenario.c and each kind of fault below: play it with the 1st call of that
 * kind failing, then with the 2nd, and so on until there is no such call any more. After each play
 * nothing fails any more, the database is closed, opened again and judged (F1 to F5). Beyond the
 * first ALL_UP_TO the plays are every STRIDE-th, from a place that the seed chooses. Of faults that
 * last only LASTING_UP_TO are played without a gap: RocksDB then sleeps for a second before it lets
 * itself be closed. STATOR_FAULTS=all plays every one; STATOR_FAULTS="put", "put/sync" or
 * "put/sync/3" only these.
 *
 * Scenarios are played side by side, each in a process of its own: what takes long is RocksDB's
 * sleep. The plays are made by children, of which one does as many as it can. A child that dies in
 * the middle of a play, or that the alarm ends in one, is a find, but where Debian's RocksDB, built
 * with its assertions on, ends the process (K4 of commit.c): those places are in `stops`, known by
 * their words. Then the database is judged as after any crash, the play is counted apart and told,
 * and the next child goes on.
 *
 * What this cannot do: RocksDB's own memory does not fail, nor reads of its log (they go through
 * C's streams).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fault/board.h"
#include "fault/stage.h"
#include "store/store_child.h"
#include "support/disk.h"

enum {
    ALL_UP_TO = 8,
    LASTING_UP_TO = 2,
    STRIDE = 11,
    MINUTE_MS = 60 * 1000,
    SIDE_BY_SIDE = 16,
    SCENARIOS_MAX = 32,
    PLAY_SECONDS_MAX = 120, /* one that takes longer hangs: a find */
};

/* ---- the kinds */

typedef enum source { FROM_MEMORY, FROM_DISK, FROM_CLOCK, FROM_ENTROPY } source;

struct kind {
    const char *name;
    source source;
    struct disk_fault disk; /* but for nth */
    int64_t jump_ms;
    bool cuts; /* the power, when it has run: what the fault kept from the disk is gone */
};

#define KIND(text, ...)                                                                            \
    {                                                                                              \
        .name = (text), __VA_ARGS__                                                                \
    }
#define DISK(text, number, ...)                                                                    \
    KIND(text, .source = FROM_DISK, .disk = {.error = (number), __VA_ARGS__})
#define ONE(text, call, number) DISK(text, number, .calls = DISK_BIT(call))
#define ONE_AND_CUT(text, call)                                                                    \
    KIND(text, .source = FROM_DISK, .cuts = true, .disk = {DISK_BIT(call), .error = EIO})
#define LASTING(text, these, number) DISK(text, number, .calls = (these), .lasting = true)

static const struct kind kinds[] = {
    KIND("memory", .source = FROM_MEMORY),
    ONE("open", DISK_OPEN, EMFILE),
    ONE("open to write", DISK_REOPEN, EIO),
    ONE("create", DISK_CREATE, ENOSPC),
    ONE("read", DISK_READ, EIO),
    ONE("write", DISK_WRITE, EIO),
    DISK("short write", 0, .calls = DISK_BIT(DISK_WRITE), .is_short = true),
    ONE("sync", DISK_SYNC, EIO),
    ONE_AND_CUT("sync, power cut", DISK_SYNC),
    ONE_AND_CUT("write, power cut", DISK_WRITE),
    ONE("sync range", DISK_RANGE, EIO),
    ONE("allocate", DISK_ALLOCATE, ENOSPC),
    ONE("truncate", DISK_TRUNCATE, EIO),
    ONE("close", DISK_CLOSE, EIO),
    ONE("list", DISK_LIST, EIO),
    ONE("mkdir", DISK_MKDIR, ENOSPC),
    ONE("rename", DISK_RENAME, EIO),
    ONE("link", DISK_LINK, EIO),
    ONE("unlink", DISK_UNLINK, EIO),
    LASTING("full from then on", DISK_NEEDS_ROOM, ENOSPC),
    DISK("short write, then full", ENOSPC, .calls = DISK_NEEDS_ROOM, .is_short = true,
         .lasting = true),
    LASTING("read-only from then on", DISK_CHANGES, EROFS),
    LASTING("syncs from then on", DISK_BIT(DISK_SYNC), EIO),
    KIND("entropy", .source = FROM_ENTROPY),
    KIND("clock goes back", .source = FROM_CLOCK, .jump_ms = -60 * MINUTE_MS),
    KIND("clock goes forth", .source = FROM_CLOCK, .jump_ms = 5 * MINUTE_MS),
};
_Static_assert(ARRAY_COUNT(kinds) <= BOARD_KINDS_MAX, "a tally for each");

static void arm(const struct kind *kind, struct house *house, uint64_t nth)
{
    struct disk_fault fault = kind->disk;
    fault.nth = nth;
    switch (kind->source) {
    case FROM_MEMORY:
        support_mem_fail_at(nth);
        break;
    case FROM_DISK:
        disk_fail(&fault);
        break;
    case FROM_CLOCK:
        house->looks = 0;
        house->jump_ms = kind->jump_ms;
        house->jumps_at = nth;
        break;
    case FROM_ENTROPY:
        house->draws = 0;
        house->dry_at = nth;
        break;
    }
}

/* Nothing fails any more. How often something did. */
static uint64_t disarm(const struct kind *kind, struct house *house)
{
    const bool mem = support_mem_failed();
    const uint64_t disk = disk_heal();
    const bool clock = house->jumps_at != 0 && house->looks >= house->jumps_at;
    const bool dry = house->dry_at != 0 && house->draws >= house->dry_at;
    support_mem_fail_at(0);
    house->jumps_at = house->dry_at = 0;
    return kind->source == FROM_DISK ? disk : (uint64_t)(mem || clock || dry);
}

/* ---- one play */

struct play {
    const char *work;
    const struct scenario *scenario;
    struct board *board;
};

static bool includes_opening(const struct scenario *scenario)
{
    return scenario->kind != SCENARIO_OPEN;
}

/* The fault is on while it runs; where opening is part of it, or the fault lasts, while it closes
 * as well. Reads go on in between: what was acknowledged is seen. */
static uint64_t perform(const struct play *play, const struct kind *kind, struct house *house)
{
    uint64_t fired = 0;
    struct board *board = play->board;
    const bool until_closed = includes_opening(play->scenario) || kind->disk.lasting;
    stage_enter(play->work, play->scenario, house);
    arm(kind, house, board->nth);
    if (house->instance != NULL ||
        house_open(house, stage_path(play->work, "play/data")) == ST_OK) {
        scenario_run(play->scenario, house, board->acked);
        if (!until_closed) fired = disarm(kind, house);
        scenario_glance(play->scenario, house, board->acked);
    }
    if (kind->cuts) disk_power_cut(stage_path(play->work, "left"), DISK_CUT_DROPPED, 0);
    house_close(house);
    return until_closed ? disarm(kind, house) : fired;
}

static void tally(const struct play *play, uint64_t fired)
{
    struct board_tally *to = &play->board->tallies[play->board->kind];
    bool refused = false;
    for (unsigned i = 0; i < SCENARIO_STEPS_MAX; i++)
        if (scenario_is_marked(&play->scenario->steps[i]) && !play->board->acked[i]) refused = true;
    to->runs++;
    to->fired += fired;
    to->refused += refused;
}

static uint64_t run(const struct play *play)
{
    static struct house house;
    house_init(&house);
    house.clock_ms = play->board->ready_ms;
    memset(play->board->acked, 0, sizeof play->board->acked);
    stage_set(play->work);
    play->board->played_ms = play->board->ready_ms;
    play->board->phase = BOARD_RUNS;
    const uint64_t fired = perform(play, &kinds[play->board->kind], &house);
    play->board->played_ms = house.clock_ms;
    house_deinit(&house);
    disk_forget();
    support_mem_check();
    if (kinds[play->board->kind].cuts) stage_take_left(play->work);
    return fired;
}

static void judge(const struct play *play)
{
    static struct house house;
    play->board->phase = BOARD_JUDGES;
    house_init(&house);
    house.clock_ms = play->board->played_ms;
    if (house_open(&house, stage_path(play->work, "play/data")) != ST_OK)
        fail_msg("it does not open again: %.*s", SPAN_ARG(error_text(&house.err)));
    scenario_judge(play->scenario, &house, play->board->acked);
    house_close(&house);
    house_deinit(&house);
    support_mem_check();
    play->board->phase = BOARD_PREPARES;
}

/* ---- all plays of a scenario: the child */

/* What of it all, by STATOR_FAULTS; empty or 0: every one. */
struct only {
    bool is_all; /* and without strides */
    char scenario[50], kind[50];
    uint64_t nth;
};

/* The part of `text` up to a stroke, and what is behind it. */
static const char *take_part(const char *text, char out[50])
{
    const size_t len = strcspn(text, "/");
    (void)snprintf(out, 50, "%.*s", (int)len, text);
    return text[len] == '/' ? text + len + 1 : "";
}

static struct only only_asked_for(void)
{
    struct only only = {.is_all = false};
    const char *text = getenv("STATOR_FAULTS");
    if (text == NULL) return only;
    only.is_all = strcmp(text, "all") == 0;
    if (!only.is_all)
        only.nth = strtoull(take_part(take_part(text, only.scenario), only.kind), NULL, 10);
    return only;
}

static bool is_asked_for(const char *name, const char *only)
{
    return only[0] == '\0' || strcmp(name, only) == 0;
}

static uint64_t next_nth(const struct board *board, bool all)
{
    const uint64_t up_to = kinds[board->kind].disk.lasting ? LASTING_UP_TO : ALL_UP_TO;
    const uint64_t nth = board->nth;
    if (all || nth < up_to) return nth + 1;
    if (nth > up_to) return nth + STRIDE;
    const char *seed = getenv("STATOR_SEED");
    return nth + 1 + (seed == NULL ? 0 : strtoull(seed, NULL, 10) % STRIDE);
}

static void play_kind(const struct play *play, const struct only *only)
{
    for (;;) {
        (void)alarm(PLAY_SECONDS_MAX);
        const uint64_t fired = run(play);
        tally(play, fired);
        judge(play);
        if (fired == 0 || only->nth > 0) return;
        play->board->nth = next_nth(play->board, only->is_all);
    }
}

/* `first` is the number of the scenario. The board says where to begin. */
static int faults_child(const char *first, const char *work)
{
    const struct only only = only_asked_for();
    struct play play = {work, &scenario_all[strtoul(first, NULL, 10)], board_open(work)};
    struct board *board = play.board;
    (void)snprintf(scenario_copy_folder, sizeof scenario_copy_folder, "%s",
                   stage_path(work, "play/copy"));
    const int log = open(stage_path(work, "words"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    (void)dup2(log, STDERR_FILENO);
    (void)dup2(log, STDOUT_FILENO);
    (void)setenv("CMOCKA_TEST_ABORT", "1", 1); /* says what a failed assertion was, first */
    if (board->phase == BOARD_RUNS) {          /* the one before died here: as after any crash */
        judge(&play);
        board->nth = next_nth(board, only.is_all);
    }
    if (access(stage_path(work, "ready"), F_OK) != 0)
        board->ready_ms = stage_make(work, play.scenario);
    for (; board->kind < ARRAY_COUNT(kinds); board->kind++) {
        if (!is_asked_for(kinds[board->kind].name, only.kind)) continue;
        if (only.nth > 0) board->nth = only.nth;
        if (board->nth == 0) board->nth = 1;
        play_kind(&play, &only);
        board->nth = 0;
    }
    board_close(board);
    return 0;
}

/* ---- the parent */

static const char *words_of(const char *work)
{
    static char words[1 << 14];
    memset(words, 0, sizeof words);
    FILE *file = fopen(stage_path(work, "words"), "r");
    if (file == NULL) return words;
    (void)fread(words, 1, sizeof words - 1, file);
    (void)fclose(file);
    return words;
}

/* Where Debian's RocksDB, built with its assertions on, ends the process over a disk that fails. */
struct stop {
    const char *words, *meaning;
};
#define STOP(text, sense)                                                                          \
    {                                                                                              \
        .words = (text), .meaning = (sense)                                                        \
    }
static const struct stop stops[] = {
    STOP("AssertFalseAndGetStatusForPrevError",
         "it appends to a file of which a write failed, its log or its log of events"),
    STOP("IsSyncFileRangeSupported", "the sync range of a new file fails"),
    STOP("ConstructFragmentedRangeTombstones",
         "it cannot write out what it has in memory, a deleted range among it, and tries again"),
    STOP("getting_synced", "the first sync of a new log fails in the moment of a write"),
};
_Static_assert(ARRAY_COUNT(stops) <= BOARD_STOPS_MAX, "a count for each");

/* Which of `stops` it was, or ARRAY_COUNT: none, a find. */
static unsigned stop_of(const struct board *board, const char *words)
{
    unsigned at = 0;
    const bool asserted =
        strstr(words, "Assertion `") != NULL && strstr(words, "rocksdb::") != NULL;
    if (board->phase != BOARD_RUNS || !asserted) return ARRAY_COUNT(stops);
    while (at < ARRAY_COUNT(stops) && strstr(words, stops[at].words) == NULL) at++;
    return at;
}

static void print_tallies(const struct scenario *scenario, const struct board *board)
{
    printf("%-24s %8s %8s %8s %8s\n", scenario->name, "plays", "faults", "refused", "stopped");
    for (unsigned i = 0; i < ARRAY_COUNT(kinds); i++) {
        const struct board_tally *tally = &board->tallies[i];
        if (tally->fired + tally->stopped == 0) continue;
        printf("  %-22s %8llu %8llu %8llu %8llu\n", kinds[i].name, (unsigned long long)tally->runs,
               (unsigned long long)tally->fired, (unsigned long long)tally->refused,
               (unsigned long long)tally->stopped);
    }
}

static void test_every_fault(void **state)
{
    const struct scenario *scenario = *state;
    const struct only only = only_asked_for();
    if (!is_asked_for(scenario->name, only.scenario)) skip();
    char *work = support_folder_new();
    struct board *board = board_open(work);
    char number[20];
    (void)snprintf(number, sizeof number, "%u", (unsigned)(scenario - scenario_all));
    int code = -1;
    while (code != 0) {
        code = store_child_run("faults", number, work);
        if (code == 0 || (only.nth > 0 && board->tallies[board->kind].stopped > 0)) break;
        const char *words = words_of(work);
        const unsigned stop = stop_of(board, words);
        if (stop == ARRAY_COUNT(stops))
            fail_msg("STATOR_FAULTS=\"%s/%s/%llu\" (phase %d, child's end %d), in %s:\n%s",
                     scenario->name, kinds[board->kind].name, (unsigned long long)board->nth,
                     (int)board->phase, code, work, words);
        board->tallies[board->kind].runs++;
        board->tallies[board->kind].stopped++;
        board->stops[stop]++;
    }
    print_tallies(scenario, board);
    board_close(board);
    support_folder_free(work);
}

/* ---- side by side */

struct player {
    pid_t pid;
    FILE *words;
};

/* What it prints is kept until its turn to be shown has come. */
static struct player begin(unsigned number)
{
    struct player player = {.words = tmpfile()};
    assert_non_null(player.words);
    (void)fflush(NULL);
    player.pid = fork();
    assert_true(player.pid >= 0);
    if (player.pid > 0) return player;
    (void)dup2(fileno(player.words), STDOUT_FILENO);
    (void)dup2(fileno(player.words), STDERR_FILENO);
    void *scenario = NULL;
    memcpy(&scenario, &(const void *){&scenario_all[number]}, sizeof scenario);
    const struct CMUnitTest test = {.name = scenario_all[number].name,
                                    .test_func = test_every_fault,
                                    .initial_state = scenario};
    const int failed = _cmocka_run_group_tests(test.name, &test, 1, NULL, NULL);
    (void)fflush(NULL);
    _exit(failed);
}

/* True: it passed. */
static bool end(const struct player *player)
{
    int code = 0;
    while (waitpid(player->pid, &code, 0) < 0 && errno == EINTR) continue;
    rewind(player->words);
    for (int c = fgetc(player->words); c != EOF; c = fgetc(player->words)) (void)putchar(c);
    (void)fclose(player->words);
    (void)fflush(stdout);
    return WIFEXITED(code) && WEXITSTATUS(code) == 0;
}

static int play_all(void)
{
    struct player players[SCENARIOS_MAX];
    unsigned begun = 0;
    int failed = 0;
    assert_true(scenario_count <= SCENARIOS_MAX);
    for (unsigned i = 0; i < scenario_count; i++) {
        while (begun < scenario_count && begun < i + SIDE_BY_SIDE) {
            players[begun] = begin(begun);
            begun++;
        }
        if (!end(&players[i])) failed++;
    }
    return failed;
}

int main(int argc, char **argv)
{
    static const struct store_child_role roles[] = {
        {"faults", faults_child}
    };
    int exit_code = 0;
    if (store_child_main(argc, argv, roles, ARRAY_COUNT(roles), &exit_code)) return exit_code;
    return play_all();
}
