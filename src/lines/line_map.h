/* line_map.h -- a request to the api as it is put together: maps and lists of stored values.
 *
 *     line_map_begin -> line_map_value, line_map_text … -> line_map_end
 *
 * Names are sorted at the end. An inner map or list is made first, and then put in. Failures to
 * grow stick, and are told at the end. Memory: the arena.
 */
#ifndef STATOR_LINES_LINE_MAP_H
#define STATOR_LINES_LINE_MAP_H

#include "item/value_build.h"

struct line_map {
    struct value_build build;
    struct error late; /* what comes in was checked: nothing is noted here */
    size_t begun;
    uint32_t count;
    value_type type;
};

void line_map_begin(struct line_map *map, struct arena *arena);
void line_map_value(struct line_map *map, const char *name, struct value v);
void line_map_name(struct line_map *map, struct span name, struct value v);
void line_map_text(struct line_map *map, const char *name, struct span text);
void line_map_flag(struct line_map *map, const char *name, bool yes);
void line_map_number(struct line_map *map, const char *name, int64_t number);

/* The same as a list. */
void line_map_begin_list(struct line_map *list, struct arena *arena);
void line_map_add(struct line_map *list, struct value v);

/* ST_NO_MEMORY. */
MUST_USE status line_map_end(struct line_map *map, struct value *out, struct error *err);

#endif
