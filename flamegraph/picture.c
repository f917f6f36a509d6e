// SPDX-License-Identifier: BSD-2-Clause
/* picture.c - the options of a picture that nobody asked to be different. */
#include "flamegraph/formats.h"

void picture_opts_init(struct picture_opts *opts)
{
	*opts = (struct picture_opts){
		.title = "Flame Graph",
		.width = PICTURE_WIDTH,
		.frame_height = PICTURE_FRAME_HEIGHT,
		.min_width = PICTURE_MIN_WIDTH,
		.font_type = PICTURE_FONT_TYPE,
		.font_size = PICTURE_FONT_SIZE,
		.count_name = PICTURE_COUNT_NAME,
		.name_type = PICTURE_NAME_TYPE,
		.factor = 1,
	};
}
