/* history_text.c -- see history_text.h.
 *
 * The reader takes word by word; each kind of thing is one function, and false means that the line
 * is wrong. What has been read of a wrong line is not used.
 */
#include "linear/history_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define WORD(constant, word) word,
static const char *const action_words[] = {HISTORY_ACTIONS(WORD)};
static const char *const condition_words[] = {HISTORY_CONDITIONS(WORD)};
static const char *const sight_words[] = {HISTORY_SIGHTS(WORD)};
static const char *const outcome_words[] = {HISTORY_OUTCOMES(WORD)};
static const char *const number_words[CELL_NUMBERS] = {"version", "value", "count"};

/* ---- writing */

static void write_numbers(const struct cell *cell, FILE *file)
{
    (void)fputs("{ ", file);
    for (size_t i = 0; i < CELL_NUMBERS; i++)
        if (cell->has & (CELL_HAS << i))
            (void)fprintf(file, "%s=%" PRId32 " ", number_words[i], cell->number[i]);
    if (cell->has & CELL_ODD) (void)fputs("odd ", file);
    (void)fputs("}", file);
}

void history_text_write_cell(const struct cell *cell, FILE *file)
{
    if (cell->has == 0)
        (void)fputs("none", file);
    else
        write_numbers(cell, file);
}

static bool has_operand(history_condition condition)
{
    return condition >= CONDITION_VERSION_IS;
}

static void write_removed(uint8_t removed, FILE *file)
{
    for (size_t i = 0; i < CELL_NUMBERS; i++)
        if (removed & (CELL_HAS << i)) (void)fprintf(file, " remove %s", number_words[i]);
}

static void write_update(const struct history_part *part, FILE *file)
{
    if (part->set.has != 0) {
        (void)fputs(" set ", file);
        write_numbers(&part->set, file);
    }
    if (part->added.has != 0) {
        (void)fputs(" add ", file);
        write_numbers(&part->added, file);
    }
    write_removed(part->removed, file);
}

static void write_part(const struct history_part *part, FILE *file)
{
    (void)fprintf(file, "%s k%u", action_words[part->action], part->key);
    if (part->action == ACTION_PUT) {
        (void)fputc(' ', file);
        write_numbers(&part->set, file);
    }
    if (part->action == ACTION_UPDATE) write_update(part, file);
    if (part->condition != CONDITION_NONE)
        (void)fprintf(file, " if %s", condition_words[part->condition]);
    if (has_operand(part->condition)) (void)fprintf(file, "%" PRId32, part->operand);
    if (part->refuses) (void)fputs(" refused", file);
    if (part->sees == SIGHT_NONE) return;
    (void)fprintf(file, " -> %s ", sight_words[part->sees]);
    history_text_write_cell(&part->seen, file);
}

void history_text_write_op(const struct history_op *op, FILE *file)
{
    (void)fprintf(file, "op %" PRIu32 " client %u from %" PRId64 " to ", op->id, op->client,
                  op->call);
    if (op->ret == HISTORY_NEVER)
        (void)fputs("never", file);
    else
        (void)fprintf(file, "%" PRId64, op->ret);
    (void)fprintf(file, " %s", outcome_words[op->outcome]);
    for (size_t i = 0; i < op->part_count; i++) {
        (void)fputs(i > 0 ? " ; " : " ", file);
        write_part(&op->parts[i], file);
    }
}

void history_text_write(const struct history *history, FILE *file)
{
    (void)fprintf(file, "title %s\n", history->title);
    for (unsigned key = 0; key < HISTORY_KEYS_MAX; key++) {
        if (history->initial[key].has == 0) continue;
        (void)fprintf(file, "initial k%u ", key);
        history_text_write_cell(&history->initial[key], file);
        (void)fputc('\n', file);
    }
    for (size_t i = 0; i < history->count; i++) {
        history_text_write_op(&history->ops[i], file);
        (void)fputc('\n', file);
    }
}

/* ---- reading */

struct words {
    char *rest;
    char *now; /* NULL: the line is at its end */
};

static void next(struct words *w)
{
    w->rest += strspn(w->rest, " \t\n");
    w->now = *w->rest != '\0' ? w->rest : NULL;
    w->rest += strcspn(w->rest, " \t\n");
    if (*w->rest != '\0') *w->rest++ = '\0';
}

/* Is this the word? Then take it. */
static bool takes(struct words *w, const char *word)
{
    if (w->now == NULL || strcmp(w->now, word) != 0) return false;
    next(w);
    return true;
}

static bool is_number(const char *text, int64_t *out)
{
    char *end = NULL;
    *out = strtoll(text, &end, 10);
    return end != text && *end == '\0';
}

static bool read_number(struct words *w, int64_t low, int64_t high, int64_t *out)
{
    if (w->now == NULL || !is_number(w->now, out) || *out < low || *out > high) return false;
    next(w);
    return true;
}

static bool read_key(struct words *w, uint8_t *out)
{
    int64_t number = 0;
    if (w->now == NULL || w->now[0] != 'k' || !is_number(w->now + 1, &number)) return false;
    if (number < 0 || number >= HISTORY_KEYS_MAX) return false;
    *out = (uint8_t)number;
    next(w);
    return true;
}

/* Take one of `count` words: its number. An empty one stands for the lack of a word. */
static bool read_word(struct words *w, const char *const *words, size_t count, uint8_t *out)
{
    for (size_t i = 0; i < count; i++) {
        if (words[i][0] == '\0' || !takes(w, words[i])) continue;
        *out = (uint8_t)i;
        return true;
    }
    return false;
}

static bool read_named(struct words *w, struct cell *out)
{
    for (size_t i = 0; i < CELL_NUMBERS && w->now != NULL; i++) {
        const size_t len = strlen(number_words[i]);
        int64_t number = 0;
        if (strncmp(w->now, number_words[i], len) != 0 || w->now[len] != '=') continue;
        if (!is_number(w->now + len + 1, &number)) return false;
        if (number < INT32_MIN || number > INT32_MAX) return false;
        out->number[i] = (int32_t)number;
        out->has |= (uint8_t)(CELL_HAS << i);
        next(w);
        return true;
    }
    return false;
}

/* cell := "none" | "{" { name "=" number | "odd" } "}" */
static bool read_cell(struct words *w, uint8_t also, struct cell *out)
{
    *out = (struct cell){0};
    if (takes(w, "none")) return true;
    if (!takes(w, "{")) return false;
    out->has = also;
    while (!takes(w, "}")) {
        if (takes(w, "odd"))
            out->has |= CELL_ODD;
        else if (!read_named(w, out))
            return false;
    }
    return true;
}

static bool read_removed(struct words *w, uint8_t *removed)
{
    uint8_t which = 0;
    while (takes(w, "remove")) {
        if (!read_word(w, number_words, CELL_NUMBERS, &which)) return false;
        *removed |= (uint8_t)(CELL_HAS << which);
    }
    return true;
}

static bool read_change(struct words *w, struct history_part *part)
{
    if (part->action == ACTION_PUT) return read_cell(w, CELL_EXISTS, &part->set);
    if (part->action != ACTION_UPDATE) return true;
    if (takes(w, "set") && !read_cell(w, 0, &part->set)) return false;
    if (takes(w, "add") && !read_cell(w, 0, &part->added)) return false;
    return read_removed(w, &part->removed);
}

static bool read_condition(struct words *w, struct history_part *part)
{
    if (!takes(w, "if")) return true;
    for (uint8_t i = CONDITION_NONE + 1; i < CONDITIONS && w->now != NULL; i++) {
        const size_t len = strlen(condition_words[i]);
        int64_t operand = 0;
        if (strncmp(w->now, condition_words[i], len) != 0) continue;
        if (has_operand(i) ? !is_number(w->now + len, &operand) : w->now[len] != '\0') return false;
        part->condition = i;
        part->operand = (int32_t)operand;
        next(w);
        return true;
    }
    return false;
}

static bool read_sight(struct words *w, struct history_part *part)
{
    if (!takes(w, "->")) return true;
    if (!read_word(w, sight_words, SIGHTS, &part->sees)) return false;
    const bool is_whole = part->sees == SIGHT_OLD || part->sees == SIGHT_NEW;
    return read_cell(w, is_whole ? CELL_EXISTS : 0, &part->seen);
}

static bool read_part(struct words *w, struct history_part *part)
{
    if (!read_word(w, action_words, ACTIONS, &part->action)) return false;
    if (!read_key(w, &part->key) || !read_change(w, part) || !read_condition(w, part)) return false;
    part->refuses = takes(w, "refused");
    return read_sight(w, part);
}

static bool read_parts(struct words *w, struct history_op *op)
{
    do {
        if (op->part_count == HISTORY_PARTS_MAX) return false;
        if (!read_part(w, &op->parts[op->part_count++])) return false;
    } while (takes(w, ";"));
    return w->now == NULL;
}

static bool read_op(struct words *w, struct history_op *op)
{
    int64_t id = 0;
    int64_t client = 0;
    if (!read_number(w, 0, UINT32_MAX, &id) || !takes(w, "client")) return false;
    if (!read_number(w, 0, UINT16_MAX, &client) || !takes(w, "from")) return false;
    if (!read_number(w, 0, INT64_MAX, &op->call) || !takes(w, "to")) return false;
    op->ret = HISTORY_NEVER;
    if (!takes(w, "never") && !read_number(w, op->call, INT64_MAX, &op->ret)) return false;
    op->id = (uint32_t)id;
    op->client = (uint16_t)client;
    return read_word(w, outcome_words, OUTCOMES, &op->outcome) && read_parts(w, op);
}

static bool read_line(char *line, struct history *history)
{
    struct words w = {.rest = line};
    struct history_op op = {0};
    uint8_t key = 0;
    next(&w);
    if (w.now == NULL || w.now[0] == '#') return true;
    if (strcmp(w.now, "title") == 0) {
        w.rest[strcspn(w.rest, "\n")] = '\0';
        (void)snprintf(history->title, sizeof history->title, "%s", w.rest);
        return true;
    }
    if (takes(&w, "initial"))
        return read_key(&w, &key) && read_cell(&w, CELL_EXISTS, &history->initial[key]);
    if (!takes(&w, "op") || !read_op(&w, &op)) return false;
    history_add(history, &op);
    return true;
}

/* Is it the title of another history? */
static bool begins_next(const char *line, const struct history *history)
{
    const bool has_begun = history->title[0] != '\0' || history->count > 0;
    return has_begun && strncmp(line, "title ", 6) == 0;
}

bool history_text_read(FILE *file, struct history *history, size_t *wrong)
{
    char *line = NULL;
    size_t cap = 0;
    size_t number = 0;
    bool is_right = true;
    long begins = ftell(file);
    while (is_right && getline(&line, &cap, file) >= 0) {
        if (begins_next(line, history)) {
            (void)fseek(file, begins, SEEK_SET);
            break;
        }
        number++;
        is_right = read_line(line, history);
        begins = ftell(file);
    }
    free(line);
    *wrong = is_right ? 0 : number;
    return !is_right || history->title[0] != '\0' || history->count > 0;
}
