/* line_map.c -- see line_map.h. */
#include "lines/line_map.h"

#include <assert.h>

#include "item/number.h"

static void begin(struct line_map *map, struct arena *arena, value_type type)
{
    *map = (struct line_map){.late = error_in(arena), .type = type};
    value_build_init(&map->build, arena, &map->late);
    map->begun = value_write_begin(&map->build.body);
}

void line_map_begin(struct line_map *map, struct arena *arena)
{
    begin(map, arena, VALUE_M);
}

void line_map_name(struct line_map *map, struct span name, struct value v)
{
    assert(map->type == VALUE_M);
    map->count++;
    value_write_attribute(&map->build.body, name, v);
}

void line_map_value(struct line_map *map, const char *name, struct value v)
{
    line_map_name(map, span_of(name), v);
}

void line_map_text(struct line_map *map, const char *name, struct span text)
{
    line_map_value(map, name, (struct value){VALUE_S, text});
}

void line_map_flag(struct line_map *map, const char *name, bool yes)
{
    const uint8_t byte = yes ? 1 : 0;
    const struct span body = {&byte, 1};
    line_map_value(map, name, (struct value){VALUE_BOOL, body});
}

void line_map_number(struct line_map *map, const char *name, int64_t number)
{
    const struct number n = number_from_i64(number);
    line_map_value(map, name, (struct value){VALUE_N, number_view(&n)});
}

void line_map_begin_list(struct line_map *list, struct arena *arena)
{
    begin(list, arena, VALUE_L);
}

void line_map_add(struct line_map *list, struct value v)
{
    assert(list->type == VALUE_L);
    list->count++;
    value_write_element(&list->build.body, v);
}

status line_map_end(struct line_map *map, struct value *out, struct error *err)
{
    if (map->type == VALUE_M)
        value_build_map_end(&map->build, map->begun, map->count);
    else
        value_write_end(&map->build.body, map->begun, map->count);
    TRY_PLAIN(err, buf_status(&map->build.body));
    *out = value_build_view(&map->build, map->begun, map->type);
    return ST_OK;
}
