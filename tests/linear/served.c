/* served.c -- see served.h. */
#include "linear/served.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support/support.h"

enum { START_MS = 60000, ARGUMENTS = 8 };

int64_t served_clock_ns(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* In the new process: nothing here takes memory or a lock, for other threads may have held one. It
 * ends with this process, however that ends. */
static void run_program(char *const *arguments, int output)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)dup2(output, STDOUT_FILENO);
    (void)close(output);
    (void)execv(arguments[0], arguments);
    _exit(127);
}

static void spawn(struct served *served)
{
    char port[8];
    int ends[2];
    char *program = getenv("STATOR");
    char *arguments[ARGUMENTS + SERVED_OPTIONS_MAX] = {
        program, strdup("serve"), strdup("--port"), port, strdup("--data"), strdup(served->data)};
    size_t count = 6;
    if (program == NULL) fail_msg("STATOR must name the built program");
    for (size_t i = 0; i < SERVED_OPTIONS_MAX && served->options[i] != NULL; i++)
        arguments[count++] = strdup(served->options[i]);
    (void)snprintf(port, sizeof port, "%u", served->port);
    assert_int_equal(pipe(ends), 0);
    served->begun[served->lives] = served_clock_ns();
    served->ended[served->lives] = INT64_MAX;
    served->pid = fork();
    assert_true(served->pid >= 0);
    if (served->pid == 0) run_program(arguments, ends[1]);
    (void)close(ends[1]);
    served->output = ends[0];
    for (size_t i = 1; i < count; i++)
        if (arguments[i] != port) free(arguments[i]);
}

/* Its first line, which it writes once it answers. */
static void read_line(const struct served *served, char *line, size_t size)
{
    size_t len = 0;
    while (len + 1 < size && (len == 0 || line[len - 1] != '\n')) {
        struct pollfd waited = {.fd = served->output, .events = POLLIN};
        if (poll(&waited, 1, START_MS) != 1) fail_msg("the server said nothing");
        const ssize_t got = read(served->output, line + len, size - 1 - len);
        if (got <= 0) fail_msg("the server ended before it answered");
        len += (size_t)got;
    }
    line[len] = '\0';
}

void served_start(struct served *served)
{
    static const char before[] = "http://127.0.0.1:";
    char line[512];
    assert_int_equal(served->pid, 0);
    assert_true(served->lives < SERVED_LIVES_MAX);
    spawn(served);
    served->lives++;
    read_line(served, line, sizeof line);
    const char *url = strstr(line, before);
    if (url == NULL) fail_msg("no address in \"%s\"", line);
    served->port = (uint16_t)strtoul(url + sizeof before - 1, NULL, 10);
    (void)snprintf(served->url, sizeof served->url, "%s%u", before, served->port);
}

static int end_with(struct served *served, int signal_number)
{
    int state = 0;
    assert_true(served->pid > 0);
    assert_int_equal(kill(served->pid, signal_number), 0);
    assert_int_equal(waitpid(served->pid, &state, 0), served->pid);
    served->ended[served->lives - 1] = served_clock_ns();
    served->pid = 0;
    (void)close(served->output);
    return state;
}

void served_kill(struct served *served)
{
    (void)end_with(served, SIGKILL);
}

void served_stop(struct served *served)
{
    assert_int_equal(end_with(served, SIGTERM), 0);
}

int64_t served_until(const struct served *served, int64_t call, int64_t lost)
{
    int64_t until = 0;
    for (unsigned life = 0; life < served->lives; life++)
        if (served->ended[life] <= lost) until = served->ended[life];
    for (unsigned life = 0; life < served->lives && until < call; life++)
        if (served->begun[life] < lost) until = served->ended[life];
    return until;
}
