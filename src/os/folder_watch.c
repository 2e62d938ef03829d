/* folder_watch.c -- over inotify(7).
 *
 * One read brings many changes, which lie in the watch until they are asked for. The bell is an
 * eventfd that nobody reads: once rung it stays so.
 */
#include "os/folder_watch.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

enum { COMES = IN_CREATE | IN_MOVED_TO, GOES = IN_DELETE | IN_MOVED_FROM };

status folder_watch_open(const char *path, struct folder_watch *out)
{
    *out = (struct folder_watch){
        .events = inotify_init1(IN_CLOEXEC | IN_NONBLOCK),
        .bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
    };
    if (out->events >= 0 && out->bell >= 0 &&
        inotify_add_watch(out->events, path, COMES | GOES | IN_ONLYDIR) >= 0)
        return ST_OK;
    folder_watch_close(out);
    return ST_IO;
}

void folder_watch_close(struct folder_watch *watch)
{
    if (watch->events >= 0) (void)close(watch->events);
    if (watch->bell >= 0) (void)close(watch->bell);
    watch->events = watch->bell = -1;
}

void folder_watch_end(const struct folder_watch *watch)
{
    const uint64_t one = 1;
    const ssize_t written = write(watch->bell, &one, sizeof one);
    (void)written; /* it is rung, now or before */
}

bool folder_watch_is_ended(const struct folder_watch *watch)
{
    struct pollfd bell = {.fd = watch->bell, .events = POLLIN};
    return poll(&bell, 1, 0) > 0;
}

/* False: ended. */
static bool wait_for_more(struct folder_watch *watch)
{
    struct pollfd both[] = {
        {.fd = watch->bell,   .events = POLLIN},
        {.fd = watch->events, .events = POLLIN},
    };
    if (poll(both, 2, -1) < 0) return errno == EINTR;
    if (both[0].revents != 0) return false;
    const ssize_t got = read(watch->events, watch->bytes, sizeof watch->bytes);
    watch->at = 0;
    watch->len = got > 0 ? (size_t)got : 0;
    return got > 0 || errno == EAGAIN || errno == EINTR;
}

bool folder_watch_next(struct folder_watch *watch, struct folder_change *out)
{
    for (;;) {
        while (watch->at < watch->len) {
            const struct inotify_event *event = (const void *)(watch->bytes + watch->at);
            watch->at += sizeof *event + event->len;
            if (event->len == 0 || (event->mask & (COMES | GOES)) == 0) continue;
            *out = (struct folder_change){event->name, (event->mask & GOES) != 0};
            return true;
        }
        if (!wait_for_more(watch)) return false;
    }
}
