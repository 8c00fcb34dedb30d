"""Compiled kernels on raw memory: a generator of vector code, register tiles, and what is made of them.

Where a convolution is computed; `machine.ways` chooses, `machine.convolutions` calls:

    3×3, stride 1, enough channels        winograd; winograd_filters brings filters to points, once if
                                          they stay
    any other, grouped and dilated too    convolution, by taps of `tile`; filters laid out by `pack`
    1×1 of every pixel                    product
    of few channels, as the first one     frame puts zeros around it, then convolution with a tap per line
    to at most 8 channels                 planar: pixels in the lanes instead of channels
    one filter per channel                depthwise
    gradient of the input                 the same with filters turned; of a stride the phases one by one
    gradient of the filters               filter_gradient, winograd_gradient, depthwise_gradient; what
                                          the first reads with long steps is laid out by `lay_out` before;
                                          planar_gradient to at most 8 channels

Products of matrices are in product, which lays parts of them out by block, of a few rows in dots, of a few
steps in outer; formulas, norms and sums in chain; rows in softmax, losses, rows; attention, recurrent,
window (pools), indices, along (resizing), random, optimiser say what they are. `vector` and `lanes` write
vector code, `fetch` asks for memory, `words` reads arguments, `table` runs it all.

Words that mean one thing here: a *tap* is a place of the filter with what it is multiplied with; a *tile* the
sums that registers hold, ROWS by up to VECTORS vectors; a *panel* COLUMNS columns of a matrix, laid out row
by row; a *line* pixels along the last axis; what a pixel *sees* the pixels under the filter; *following* is
what is done to sums before they are written, bias, residual and ReLU, told by flags.
"""
