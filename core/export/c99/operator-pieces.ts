import { MOST_AXES } from './limits.ts';
import type { Piece } from './piece.ts';

const POOL_LOOPS = (body: string): string => `
  for (int32_t oy = 0; oy < p->out_height; oy++)
    for (int32_t ox = 0; ox < p->out_width; ox++) {
      const int32_t top = oy * p->stride_y - p->pad_top, left = ox * p->stride_x - p->pad_left;
      const int32_t y0 = top < 0 ? 0 : top, y1 = top + p->size_y > p->height ? p->height : top + p->size_y;
      const int32_t x0 = left < 0 ? 0 : left, x1 = left + p->size_x > p->width ? p->width : left + p->size_x;
${body}
    }`;

const maxPool = (name: string, type: string): string => `
static void max_pool_${name}(const struct pool *p, const ${type} *input, ${type} *output)
{${POOL_LOOPS(`      for (int32_t c = 0; c < p->channels; c++) {
        ${type} best = input[(y0 * p->width + x0) * p->channels + c];
        for (int32_t y = y0; y < y1; y++)
          for (int32_t x = x0; x < x1; x++) {
            const ${type} value = input[(y * p->width + x) * p->channels + c];
            if (value > best) best = value;
          }
        *output++ = best;
      }`)}
}
`;

/** Eight channels whose thresholds lie side by side; a NaN reaches none. */
const EIGHT_FLOATS = `#ifdef __AVX2__
      if (count == 8 && at + 8 <= period) {
        output[first / 8] = (uint8_t)_mm256_movemask_ps(_mm256_cmp_ps(_mm256_loadu_ps(input), _mm256_loadu_ps(thresholds + at), _CMP_GE_OQ));
        input += 8;
        at = at + 8 == period ? 0 : at + 8;
        continue;
      }
#endif`;

const packSigns = (name: string, type: string, thresholdType: string, eight = ''): string => `
/* Bit c of a pixel: 1 where the number of channel c reaches its threshold; thresholds repeat every 'period' channels. */
static void pack_signs_${name}(const ${type} *input, const ${thresholdType} *thresholds, int32_t period, uint8_t *output, int32_t pixels, int32_t channels)
{
  const int32_t pixel_bytes = (channels + 63) / 64 * 8;
  for (int32_t p = 0, at = 0; p < pixels; p++, output += pixel_bytes)
    for (int32_t first = 0; first < channels; first += 8) {
      const int32_t count = channels - first < 8 ? channels - first : 8;
      uint32_t bits = 0;
      /* A pixel is made of whole words: what no channel has is 0. */
      if (first % 64 == 0) memset(output + first / 8, 0, 8);
      if (first == 0) at = 0;
${eight}
      for (int32_t i = 0; i < count; i++) {
        bits |= (uint32_t)(input[i] >= thresholds[at]) << i;
        if (++at == period) at = 0;
      }
      output[first / 8] = (uint8_t)bits;
      input += count;
    }
}
`;

const copyStrided = (type: string): string => `
static void copy_strided_${type === 'float' ? 'float' : 'int8'}(const struct strided *s, const ${type} *input, ${type} *output, ${type} padding)
{
  for (int32_t i = 0; i < s->total; i++) {
    int32_t rest = i, from = 0;
    int inside = 1;
    for (int32_t axis = s->axes - 1; axis >= 0; axis--) {
      const int32_t at = s->begin[axis] + rest % s->count[axis] * s->step[axis];
      rest /= s->count[axis];
      inside = inside && at >= 0 && at < s->in_count[axis];
      from += at * s->in_stride[axis];
    }
    output[i] = inside ? input[from] : padding;
  }
}
`;

/** Conversions and operators; arithmetic as in core/runtime/operators/*.ts and core/kernels/stages/reference.ts. */
export const OPERATOR_PIECES: Readonly<Record<string, Piece>> = {
  quantise: {
    needs: ['to_code'],
    text: `
static void quantise(const float *input, int8_t *output, int32_t count, float inverse_scale, int32_t zero)
{
  for (int32_t i = 0; i < count; i++) output[i] = to_code(input[i] * inverse_scale, zero, -128, 127);
}
`,
  },
  dequantise: {
    needs: [],
    text: `
static void dequantise(const int8_t *input, float *output, int32_t count, float scale, int32_t zero)
{
  for (int32_t i = 0; i < count; i++) output[i] = (float)(input[i] - zero) * scale;
}
`,
  },
  pack_signs_float: { needs: [], text: packSigns('float', 'float', 'float', EIGHT_FLOATS) },
  pack_signs_int8: { needs: [], text: packSigns('int8', 'int8_t', 'int32_t') },
  pool: {
    needs: [],
    text: `
/* Windows over an image; padding takes no part. */
struct pool {
  int32_t height, width, channels, out_height, out_width;
  int32_t size_y, size_x, stride_y, stride_x, pad_top, pad_left;
};
`,
  },
  max_pool_float: { needs: ['pool'], text: maxPool('float', 'float') },
  max_pool_int8: { needs: ['pool'], text: maxPool('int8', 'int8_t') },
  max_pool_signs: {
    needs: ['pool'],
    text: `
/* The largest of signs is their or; 'channels' counts the bytes of a pixel. */
static void max_pool_signs(const struct pool *p, const uint8_t *input, uint8_t *output)
{${POOL_LOOPS(`      for (int32_t c = 0; c < p->channels; c++) {
        uint32_t bits = 0;
        for (int32_t y = y0; y < y1; y++)
          for (int32_t x = x0; x < x1; x++) bits |= input[(y * p->width + x) * p->channels + c];
        *output++ = (uint8_t)bits;
      }`)}
}
`,
  },
  average_pool_float: {
    needs: ['pool'],
    text: `
static void average_pool_float(const struct pool *p, const float *input, float *output)
{${POOL_LOOPS(`      for (int32_t c = 0; c < p->channels; c++) {
        double sum = 0;
        for (int32_t y = y0; y < y1; y++)
          for (int32_t x = x0; x < x1; x++) sum += (double)input[(y * p->width + x) * p->channels + c];
        *output++ = (float)(sum / (double)((y1 - y0) * (x1 - x0)));
      }`)}
}
`,
  },
  average_pool_int8: {
    needs: ['pool'],
    text: `
/* sum / count, rounded half to even. */
static int32_t rounded_quotient(int32_t sum, int32_t count)
{
  int32_t quotient = sum / count;
  int32_t rest = sum % count;
  if (rest < 0) {
    rest += count;
    quotient--;
  }
  if (2 * rest > count || (2 * rest == count && quotient % 2 != 0)) quotient++;
  return quotient;
}

static void average_pool_int8(const struct pool *p, const int8_t *input, int8_t *output)
{${POOL_LOOPS(`      for (int32_t c = 0; c < p->channels; c++) {
        int32_t sum = 0;
        for (int32_t y = y0; y < y1; y++)
          for (int32_t x = x0; x < x1; x++) sum += input[(y * p->width + x) * p->channels + c];
        *output++ = (int8_t)rounded_quotient(sum, (y1 - y0) * (x1 - x0));
      }`)}
}
`,
  },
  add_float: {
    needs: [],
    text: `
/* The shorter operand repeats along the longer. */
static void add_float(const float *longer, const float *shorter, int32_t period, float *output, int32_t count, float low, float high)
{
  for (int32_t i = 0, j = 0; i < count; i++) {
    const float sum = longer[i] + shorter[j];
    output[i] = sum < low ? low : sum > high ? high : sum;
    if (++j == period) j = 0;
  }
}
`,
  },
  add_int8: {
    needs: ['to_code'],
    text: `
/* Both operands are brought to the scale of the result, each rounded to float32. */
struct int8_sum {
  float ratio_a, ratio_b;
  int32_t zero_a, zero_b, zero, least, most;
};

static void add_int8(const struct int8_sum *s, const int8_t *a, const int8_t *b, int8_t *output, int32_t count)
{
  for (int32_t i = 0; i < count; i++) {
    const float left = (float)(a[i] - s->zero_a) * s->ratio_a;
    const float right = (float)(b[i] - s->zero_b) * s->ratio_b;
    output[i] = to_code(left + right, s->zero, s->least, s->most);
  }
}
`,
  },
  batch_norm: {
    needs: [],
    text: `
static void batch_norm(const float *input, const float *multiplier, const float *offset, int32_t channels, float *output, int32_t count)
{
  for (int32_t i = 0, c = 0; i < count; i++) {
    const float scaled = input[i] * multiplier[c];
    output[i] = scaled + offset[c];
    if (++c == channels) c = 0;
  }
}
`,
  },
  rprelu: {
    needs: [],
    text: `
static void rprelu(const float *input, const float *before, const float *slope, const float *after, int32_t channels, float *output, int32_t count)
{
  for (int32_t i = 0, c = 0; i < count; i++) {
    const float x = input[i] + before[c];
    const float bent = x > 0 ? x : x * slope[c];
    output[i] = bent + after[c];
    if (++c == channels) c = 0;
  }
}
`,
  },
  relu: {
    needs: [],
    text: `
static void relu(const float *input, float *output, int32_t count)
{
  for (int32_t i = 0; i < count; i++) output[i] = input[i] > 0 ? input[i] : 0;
}
`,
  },
  clip: {
    needs: [],
    text: `
static void clip(const float *input, float *output, int32_t count, float low, float high)
{
  for (int32_t i = 0; i < count; i++) output[i] = input[i] < low ? low : input[i] > high ? high : input[i];
}
`,
  },
  leaky_relu: {
    needs: [],
    text: `
static void leaky_relu(const float *input, float *output, int32_t count, double slope)
{
  for (int32_t i = 0; i < count; i++) output[i] = input[i] >= 0 ? input[i] : (float)((double)input[i] * slope);
}
`,
  },
  exponential: {
    needs: [],
    text: `
/* 2^k for -1022..1023, by its bits. */
static double power_of_two(int32_t k)
{
  const uint64_t bits = (uint64_t)(k + 1023) << 52;
  double power;
  memcpy(&power, &bits, sizeof power);
  return power;
}

/* e^x, relative error below 1e-14: sums and products in a fixed order, the same bits everywhere. */
static double exponential(double x)
{
  const double limited = x < -700.0 ? -700.0 : x > 700.0 ? 700.0 : x;
  const double turns = limited * 1.4426950408889634;
  int32_t k = (int32_t)turns;
  const double rest = turns - (double)k;
  if (rest > 0.5 || (rest == 0.5 && k % 2 != 0)) k++;
  else if (rest < -0.5 || (rest == -0.5 && k % 2 != 0)) k--;
  const double high = (double)k * 0.6931471803691238;
  const double low = (double)k * 1.9082149292705877e-10;
  const double partly = limited - high;
  const double r = partly - low;
  static const double terms[11] = {
    1.0 / 3628800, 1.0 / 362880, 1.0 / 40320, 1.0 / 5040, 1.0 / 720, 1.0 / 120, 1.0 / 24, 1.0 / 6, 0.5, 1.0, 1.0,
  };
  double sum = 1.0 / 39916800;
  for (int32_t i = 0; i < 11; i++) {
    const double product = sum * r;
    sum = product + terms[i];
  }
  return sum * power_of_two(k);
}
`,
  },
  sigmoid: {
    needs: ['exponential'],
    text: `
static void sigmoid(const float *input, float *output, int32_t count)
{
  for (int32_t i = 0; i < count; i++) output[i] = (float)(1.0 / (1.0 + exponential(-(double)input[i])));
}
`,
  },
  hyperbolic_tangent: {
    needs: ['exponential'],
    text: `
/* Near zero the series: e^2x - 1 would lose digits. */
static void hyperbolic_tangent(const float *input, float *output, int32_t count)
{
  for (int32_t i = 0; i < count; i++) {
    const double x = (double)input[i];
    if (x < 0.000244140625 && x > -0.000244140625) {
      const double square = x * x;
      output[i] = (float)(x * (1.0 - square / 3.0));
    } else {
      const double square = exponential(x * 2.0);
      output[i] = (float)((square - 1.0) / (square + 1.0));
    }
  }
}
`,
  },
  softmax: {
    needs: ['exponential'],
    text: `
static void softmax(const float *input, float *output, int32_t rows, int32_t channels)
{
  for (int32_t row = 0; row < rows; row++, input += channels, output += channels) {
    float top = input[0];
    double sum = 0;
    for (int32_t c = 1; c < channels; c++) if (input[c] > top) top = input[c];
    for (int32_t c = 0; c < channels; c++) sum += exponential((double)input[c] - (double)top);
    for (int32_t c = 0; c < channels; c++) output[c] = (float)(exponential((double)input[c] - (double)top) / sum);
  }
}
`,
  },
  strided: {
    needs: [],
    text: `
/* Element i of the output is the input's at begin + position * step along every axis of the output, or padding beyond it. */
struct strided {
  int32_t axes, total;
  int32_t count[${MOST_AXES}], begin[${MOST_AXES}], step[${MOST_AXES}], in_count[${MOST_AXES}], in_stride[${MOST_AXES}];
};
`,
  },
  copy_strided_float: { needs: ['strided'], text: copyStrided('float') },
  copy_strided_int8: { needs: ['strided'], text: copyStrided('int8_t') },
  copy_rows: {
    needs: [],
    text: `
/* Rows of one operand of a concatenation to their place in the rows of the result. */
static void copy_rows(const float *input, float *output, int32_t rows, int32_t length, int32_t output_length)
{
  for (int32_t row = 0; row < rows; row++) memcpy(output + row * output_length, input + row * length, (size_t)length * sizeof(float));
}
`,
  },
};
