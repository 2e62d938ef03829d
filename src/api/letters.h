/* letters.h -- letters, digits and spaces of all scripts, for the characters of tags. */
#ifndef STATOR_API_LETTERS_H
#define STATOR_API_LETTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"

/* Is `code`, which is not ASCII, a letter, a number or a separator? */
MUST_USE bool letters_hold(uint32_t code);

#endif
