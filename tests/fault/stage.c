/* stage.c -- see stage.h. */
#include "fault/stage.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/disk.h"

const char *stage_path(const char *work, const char *below)
{
    static char paths[6][HOUSE_PATH_BYTES];
    static unsigned turn;
    char *path = paths[turn++ % ARRAY_COUNT(paths)];
    (void)snprintf(path, HOUSE_PATH_BYTES, "%.400s/%.100s", work, below);
    return path;
}

void stage_clear(const char *folder)
{
    if (access(folder, F_OK) == 0) support_folder_free(strdup(folder));
}

static void make_folder(const char *path)
{
    assert_int_equal(mkdir(path, 0700), 0);
}

static void copy_file(const char *from, const char *to)
{
    const int in = open(from, O_RDONLY);
    const int out = open(to, O_WRONLY | O_CREAT | O_EXCL, 0600);
    char bytes[1 << 14];
    ssize_t got = 0;
    assert_true(in >= 0);
    assert_true(out >= 0);
    while ((got = read(in, bytes, sizeof bytes)) > 0)
        assert_int_equal(write(out, bytes, (size_t)got), got);
    assert_int_equal(got, 0);
    (void)close(in);
    (void)close(out);
}

static void copy_folder(const char *from, const char *to)
{
    make_folder(to);
    DIR *dir = opendir(from);
    assert_non_null(dir);
    const struct dirent *next = NULL;
    while ((next = readdir(dir)) != NULL) {
        char source[HOUSE_PATH_BYTES], target[HOUSE_PATH_BYTES];
        if (next->d_name[0] == '.') continue;
        (void)snprintf(source, sizeof source, "%.250s/%.255s", from, next->d_name);
        (void)snprintf(target, sizeof target, "%.250s/%.255s", to, next->d_name);
        if (next->d_type == DT_DIR)
            copy_folder(source, target);
        else
            copy_file(source, target);
    }
    (void)closedir(dir);
}

/* Played in once without faults; what is ready is then what was closed, or what a kill left. */
uint64_t stage_make(const char *work, const struct scenario *scenario)
{
    static struct house house;
    const char *ready = stage_path(work, "ready");
    const char *play = stage_path(work, "play");
    house_init(&house);
    if (scenario->kind == SCENARIO_NEW) {
        make_folder(ready);
        return house.clock_ms;
    }
    make_folder(play);
    disk_watch(play);
    assert_int_equal(house_open(&house, stage_path(work, "play/data")), ST_OK);
    scenario_prepare(scenario, &house);
    if (scenario->kind == SCENARIO_CRASHED) disk_power_cut(ready, DISK_CUT_KEPT, 0);
    house_close(&house);
    if (scenario->kind != SCENARIO_CRASHED) disk_power_cut(ready, DISK_CUT_KEPT, 0);
    house_deinit(&house);
    disk_forget();
    stage_clear(play);
    return house.clock_ms;
}

void stage_set(const char *work)
{
    const char *play = stage_path(work, "play");
    stage_clear(play);
    stage_clear(stage_path(work, "play.vault")); /* of disk.h, where a child died in the middle */
    stage_clear(stage_path(work, "left"));
    copy_folder(stage_path(work, "ready"), play);
    disk_watch(play);
}

void stage_enter(const char *work, const struct scenario *scenario, struct house *house)
{
    if (scenario->kind != SCENARIO_OPEN) return;
    if (house_open(house, stage_path(work, "play/data")) != ST_OK)
        fail_msg("it does not open: %.*s", SPAN_ARG(error_text(&house->err)));
}

void stage_take_left(const char *work)
{
    const char *play = stage_path(work, "play");
    stage_clear(play);
    assert_int_equal(rename(stage_path(work, "left"), play), 0);
}
