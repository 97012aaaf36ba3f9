import type { Piece } from './piece.ts';

/** A dot over weights of which several share a byte: what is left of a byte, whole bytes, the beginning of one. */
function packedDot(name: string, comment: string, perByte: number, start: string, weight: (field: string) => string): string {
  const log = Math.log2(perByte);
  const shift = (at: string): string => `(w[${at} >> ${log}] >> (${8 / perByte} * (${at} & ${perByte - 1})))`;
  const whole = Array.from({ length: perByte }, (_, k) => `    sum += (x[i + ${k}] - zero) * (${weight(k === 0 ? 'byte' : `(byte >> ${(8 / perByte) * k})`)});`);
  return `
/* ${comment} */
static int32_t ${name}(const struct integer_layer *l, int32_t channel, const int8_t *x, int32_t first, int32_t count)
{
  const uint8_t *w = l->weights;
  const int32_t zero = l->zero;
  int32_t sum = 0;
  int32_t i = 0;
${start}
  for (; i < count && ((first + i) & ${perByte - 1}) != 0; i++) sum += (x[i] - zero) * (${weight(shift('(first + i)'))});
  for (; i + ${perByte} <= count; i += ${perByte}) {
    const int32_t byte = w[(first + i) >> ${log}];
${whole.join('\n')}
  }
  for (; i < count; i++) sum += (x[i] - zero) * (${weight(shift('(first + i)'))});
  return sum;
}
`;
}

/** Layers, portable C99. Arithmetic as in core/kernels/<layer>/reference.ts and core/kernels/stages/reference.ts. */
export const LAYER_PIECES: Readonly<Record<string, Piece>> = {
  window: {
    needs: [],
    text: `
/* A layer's window over an image, height x width x channels, channels innermost. */
struct window {
  int32_t stride_y, stride_x, pad_top, pad_left, dilation_y, dilation_x;
  int32_t in_height, in_width, in_channels;
  int32_t kernel_height, kernel_width;
  int32_t out_height, out_width, out_channels;
};
`,
  },
  to_code: {
    needs: [],
    text: `
/* y rounded half to even, plus zero, limited to least..most. */
static int8_t to_code(float y, int32_t zero, int32_t least, int32_t most)
{
  /* Beyond these every code is a limit anyway, and the conversion below is defined. */
  const float limited = y > 1024.0f ? 1024.0f : y > -1024.0f ? y : -1024.0f;
  int32_t code = (int32_t)limited;
  const float rest = limited - (float)code;
  if (rest > 0.5f || (rest == 0.5f && code % 2 != 0)) code++;
  else if (rest < -0.5f || (rest == -0.5f && code % 2 != 0)) code--;
  code += zero;
  return (int8_t)(code < least ? least : code > most ? most : code);
}
`,
  },
  finish: {
    needs: [],
    text: `
/* How the sums of a layer become what is stored; 'store' takes channels of one pixel, from a multiple of 8 on. */
struct finish {
  void (*store)(const struct finish *, void *pixel, int32_t channel, const int32_t *sums, int32_t count);
  int32_t pixel_bytes;
  const float *multiplier, *offset;
  float low, high;
  int32_t zero, least, most;
  const int32_t *thresholds;
};
`,
  },
  store_float: {
    needs: ['finish'],
    text: `
/* Real numbers: sum * multiplier + offset, every step rounded to float32, limited to low..high. */
static void store_float(const struct finish *f, void *pixel, int32_t channel, const int32_t *sums, int32_t count)
{
  float *output = (float *)pixel + channel;
  for (int32_t i = 0; i < count; i++) {
    const float scaled = (float)sums[i] * f->multiplier[channel + i];
    const float y = scaled + f->offset[channel + i];
    output[i] = y < f->low ? f->low : y > f->high ? f->high : y;
  }
}
`,
  },
  store_int8: {
    needs: ['finish', 'to_code'],
    text: `
/* Codes of the next layer: sum * multiplier + offset in steps of its grid. */
static void store_int8(const struct finish *f, void *pixel, int32_t channel, const int32_t *sums, int32_t count)
{
  int8_t *output = (int8_t *)pixel + channel;
  for (int32_t i = 0; i < count; i++) {
    const float scaled = (float)sums[i] * f->multiplier[channel + i];
    const float y = scaled + f->offset[channel + i];
    output[i] = to_code(y, f->zero, f->least, f->most);
  }
}
`,
  },
  store_signs: {
    needs: ['finish'],
    text: `
/* Signs, eight channels a byte: 1 where the sum reaches the threshold. */
static void store_signs(const struct finish *f, void *pixel, int32_t channel, const int32_t *sums, int32_t count)
{
  uint8_t *output = (uint8_t *)pixel + channel / 8;
  const int32_t *thresholds = f->thresholds + channel;
  for (int32_t first = 0; first < count; first += 8, output++) {
    uint32_t bits = 0;
    /* A pixel is made of whole words: what no channel has is 0. */
    if ((channel + first) % 64 == 0) memset(output, 0, 8);
#ifdef __AVX2__
    if (count - first >= 8) {
      const __m256i above = _mm256_cmpgt_epi32(_mm256_loadu_si256((const __m256i *)(const void *)(thresholds + first)), _mm256_loadu_si256((const __m256i *)(const void *)(sums + first)));
      bits = ~(uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(above));
    } else
#endif
    for (int32_t i = first; i < count && i < first + 8; i++) bits |= (uint32_t)(sums[i] >= thresholds[i]) << (i - first);
    *output = (uint8_t)bits;
  }
}
`,
  },
  float_layer: {
    needs: ['window'],
    text: `
struct float_layer {
  const float *kernel, *bias;
  float low, high;
};
`,
  },
  float_conv: {
    needs: ['float_layer'],
    text: `
/* kernel [kernel_height, kernel_width, in_channels, out_channels]; padding contributes nothing. */
static void float_conv(const struct window *g, const struct float_layer *l, const float *input, float *output)
{
  for (int32_t oy = 0; oy < g->out_height; oy++)
    for (int32_t ox = 0; ox < g->out_width; ox++, output += g->out_channels)
      for (int32_t channel = 0; channel < g->out_channels; channel += 8) {
        const int32_t count = g->out_channels - channel < 8 ? g->out_channels - channel : 8;
        float sums[8];
        memcpy(sums, l->bias + channel, (size_t)count * sizeof(float));
        for (int32_t ky = 0; ky < g->kernel_height; ky++) {
          const int32_t y = oy * g->stride_y + ky * g->dilation_y - g->pad_top;
          if (y < 0 || y >= g->in_height) continue;
          for (int32_t kx = 0; kx < g->kernel_width; kx++) {
            const int32_t x = ox * g->stride_x + kx * g->dilation_x - g->pad_left;
            if (x < 0 || x >= g->in_width) continue;
            const float *from = input + (y * g->in_width + x) * g->in_channels;
            const float *w = l->kernel + (ky * g->kernel_width + kx) * g->in_channels * g->out_channels + channel;
            for (int32_t i = 0; i < g->in_channels; i++, w += g->out_channels) {
              if (count == 8) for (int32_t j = 0; j < 8; j++) sums[j] += from[i] * w[j];
              else for (int32_t j = 0; j < count; j++) sums[j] += from[i] * w[j];
            }
          }
        }
        for (int32_t j = 0; j < count; j++) {
          const float sum = sums[j];
          output[channel + j] = sum < l->low ? l->low : sum > l->high ? l->high : sum;
        }
      }
}
`,
  },
  float_depthwise: {
    needs: ['float_layer'],
    text: `
/* kernel [kernel_height, kernel_width, out_channels]; out_channels / in_channels results of every input channel. */
static void float_depthwise(const struct window *g, const struct float_layer *l, const float *input, float *output)
{
  const int32_t multiplier = g->out_channels / g->in_channels;
  for (int32_t oy = 0; oy < g->out_height; oy++)
    for (int32_t ox = 0; ox < g->out_width; ox++)
      for (int32_t channel = 0; channel < g->out_channels; channel++) {
        float sum = l->bias[channel];
        for (int32_t ky = 0; ky < g->kernel_height; ky++) {
          const int32_t y = oy * g->stride_y + ky * g->dilation_y - g->pad_top;
          if (y < 0 || y >= g->in_height) continue;
          for (int32_t kx = 0; kx < g->kernel_width; kx++) {
            const int32_t x = ox * g->stride_x + kx * g->dilation_x - g->pad_left;
            if (x < 0 || x >= g->in_width) continue;
            sum += input[(y * g->in_width + x) * g->in_channels + channel / multiplier] * l->kernel[(ky * g->kernel_width + kx) * g->out_channels + channel];
          }
        }
        *output++ = sum < l->low ? l->low : sum > l->high ? l->high : sum;
      }
}
`,
  },
  integer_layer: {
    needs: ['window', 'finish'],
    text: `
/* Weights [out_channels][taps][in_channels], packed; 'dot' unpacks them as it goes. */
struct integer_layer {
  int32_t (*dot)(const struct integer_layer *, int32_t channel, const int8_t *x, int32_t first, int32_t count);
  const uint8_t *weights;
  /* Of two levels a channel: what +1 and -1 stand for. */
  const uint8_t *levels;
  int32_t zero;
};
`,
  },
  dot_int8: {
    needs: ['integer_layer'],
    text: `
/* Sum of (x - zero) * weight over 'count' weights from 'first' on; the other dots likewise. */
static int32_t dot_int8(const struct integer_layer *l, int32_t channel, const int8_t *x, int32_t first, int32_t count)
{
  const int8_t *w = (const int8_t *)l->weights + first;
  const int32_t zero = l->zero;
  int32_t sum = 0;
  (void)channel;
  for (int32_t i = 0; i < count; i++) sum += (x[i] - zero) * w[i];
  return sum;
}
`,
  },
  dot_int4: {
    needs: ['integer_layer'],
    text: packedDot('dot_int4', 'Two weights a byte, the first in the low half.', 2, '  (void)channel;', (field) => `((${field} & 15) ^ 8) - 8`),
  },
  dot_ternary: {
    needs: ['integer_layer'],
    text: packedDot('dot_ternary', 'Four weights a byte: 0, 1 and 2 stand for -1, 0 and +1.', 4, '  (void)channel;', (field) => `(${field} & 3) - 1`),
  },
  dot_two_levels: {
    needs: ['integer_layer'],
    text: packedDot(
      'dot_two_levels',
      'Four weights a byte: 0, 1 and 2 stand for minus the second level of the channel, 0 and its first level.',
      4,
      '  const int32_t level[4] = { -(int32_t)l->levels[2 * channel + 1], 0, l->levels[2 * channel], 0 };',
      (field) => `level[${field} & 3]`,
    ),
  },
  dot_binary: {
    needs: ['integer_layer'],
    text: packedDot('dot_binary', 'Eight weights a byte: 0 and 1 stand for -1 and +1.', 8, '  (void)channel;', (field) => `(${field} & 1) * 2 - 1`),
  },
  integer_conv: {
    needs: ['integer_layer'],
    text: `
/* Exact integer sums; padding contributes nothing. Codes in, numbers, codes or signs out. */
static void integer_conv(const struct window *g, const struct integer_layer *l, const struct finish *f, const int8_t *input, void *output)
{
  const int32_t row = g->kernel_width * g->in_channels;
  uint8_t *pixel = (uint8_t *)output;
  for (int32_t oy = 0; oy < g->out_height; oy++)
    for (int32_t ox = 0; ox < g->out_width; ox++, pixel += f->pixel_bytes) {
      const int32_t left = ox * g->stride_x - g->pad_left;
      for (int32_t channel = 0; channel < g->out_channels; channel += 8) {
        const int32_t count = g->out_channels - channel < 8 ? g->out_channels - channel : 8;
        int32_t sums[8] = { 0 };
        for (int32_t ky = 0; ky < g->kernel_height; ky++) {
          const int32_t y = oy * g->stride_y + ky * g->dilation_y - g->pad_top;
          if (y < 0 || y >= g->in_height) continue;
          const int8_t *line = input + y * g->in_width * g->in_channels;
          /* Neighbouring taps are neighbours in memory, and taken at once, unless the window has holes. */
          for (int32_t kx = 0, taps = 1; kx < g->kernel_width; kx += taps) {
            const int32_t x = left + kx * g->dilation_x;
            taps = 1;
            if (x < 0) continue;
            if (x >= g->in_width) break;
            if (g->dilation_x == 1) taps = g->kernel_width - kx < g->in_width - x ? g->kernel_width - kx : g->in_width - x;
            for (int32_t j = 0; j < count; j++)
              sums[j] += l->dot(l, channel + j, line + x * g->in_channels, ((channel + j) * g->kernel_height + ky) * row + kx * g->in_channels, taps * g->in_channels);
          }
        }
        f->store(f, pixel, channel, sums, count);
      }
    }
}
`,
  },
  integer_depthwise: {
    needs: ['integer_layer'],
    text: `
/* Weights [out_channels][taps]; 'taken' has room for the taps of one channel. A padded tap is the zero point, hence nothing. */
static void integer_depthwise(const struct window *g, const struct integer_layer *l, const struct finish *f, const int8_t *input, void *output, int8_t *taken)
{
  const int32_t multiplier = g->out_channels / g->in_channels;
  const int32_t taps = g->kernel_height * g->kernel_width;
  uint8_t *pixel = (uint8_t *)output;
  for (int32_t oy = 0; oy < g->out_height; oy++)
    for (int32_t ox = 0; ox < g->out_width; ox++, pixel += f->pixel_bytes)
      for (int32_t first = 0; first < g->out_channels; first += 8) {
        const int32_t count = g->out_channels - first < 8 ? g->out_channels - first : 8;
        int32_t sums[8];
        for (int32_t j = 0; j < count; j++) {
          const int32_t channel = first + j;
          int8_t *to = taken;
          for (int32_t ky = 0; ky < g->kernel_height; ky++)
            for (int32_t kx = 0; kx < g->kernel_width; kx++) {
              const int32_t y = oy * g->stride_y + ky * g->dilation_y - g->pad_top;
              const int32_t x = ox * g->stride_x + kx * g->dilation_x - g->pad_left;
              const int inside = y >= 0 && y < g->in_height && x >= 0 && x < g->in_width;
              *to++ = inside ? input[(y * g->in_width + x) * g->in_channels + channel / multiplier] : (int8_t)l->zero;
            }
          sums[j] = l->dot(l, channel, taken, channel * taps, taps);
        }
        f->store(f, pixel, first, sums, count);
      }
}
`,
  },
};
