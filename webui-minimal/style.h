/*
 * style: the one style sheet, built into the program so that it goes with the pages wherever they
 * are mounted, and its version, so that browsers may keep it for ever. Made from style.css.
 */
#pragma once

extern const char style_sheet[];
extern const char style_version[];
