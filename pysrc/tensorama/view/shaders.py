"""What the graphics card does with a map: place it, read its numbers, colour its cells.

Quads carry both of their places, closed and open; a small texture has one column per block with
where it stands, how far it is open and how brightly it is lit. So opening, sliding apart and a run
that passes through cost a few numbers a frame, whatever the number of maps.
"""

MAPS_VERTEX = """
precision highp float;
precision highp sampler2D;
uniform mat4 uMatrix;
// a column for each block; rows: anchor, opening | lit, pulse, focus, scale |
// shown, factor, whether any number is negative, 0 number 1 integer 2 true or false 3 name
uniform sampler2D uBlocks;
in vec3 position;            // corner of the unit square, -0.5 .. 0.5
in vec4 aClosed;             // x, y, z, width
in vec4 aOpen;
in vec4 aCells;              // cols, rows, valid cells, height / width
in vec4 aSlot;               // column, row, page + 1024 · level in the atlas; scale of this map
in vec4 aWhat;               // block, map (-1: summary), 0 map 1 tiles 2 image, place in stack
out vec2 vCell;
flat out vec4 vCells;
flat out vec4 vSlot;
flat out vec4 vWhat;
flat out vec4 vState;
flat out float vOpening;
flat out float vFactor;      // what the block's numbers are multiplied by in the texture
flat out float vSigned;      // whether the block has negative numbers
flat out float vSort;
flat out int vStep;          // so many cells along an edge are one in the atlas

void main() {
  vec4 anchor = texelFetch(uBlocks, ivec2(int(aWhat.x), 0), 0);
  vState = texelFetch(uBlocks, ivec2(int(aWhat.x), 1), 0);
  vOpening = anchor.w;
  vec4 more = texelFetch(uBlocks, ivec2(int(aWhat.x), 2), 0);
  float shown = more.x;
  vFactor = more.y;
  vSigned = more.z;
  vSort = more.w;
  vec4 place = mix(aClosed, aOpen, anchor.w) * shown;
  vec3 point = anchor.xyz + place.xyz + vec3(position.xy * place.w * vec2(1.0, aCells.w), 0.0);
  vCell = vec2(position.x + 0.5, 0.5 - position.y) * aCells.xy;
  vCells = aCells;
  vSlot = vec4(aSlot.xy, mod(aSlot.z, 1024.0), aSlot.w);
  vStep = 1 << int(aSlot.z / 1024.0);
  vWhat = aWhat;
  gl_Position = uMatrix * vec4(point, 1.0);
}
"""

MAPS_FRAGMENT = """
precision highp float;
precision highp sampler2DArray;
precision highp sampler2D;
uniform sampler2DArray uValues;
uniform sampler2D uRamp;     // from the most negative to the most positive colour
uniform vec3 uGround, uHairline, uInk, uZero, uOdd;
uniform float uNetworkScale;
uniform int uScaleMode;      // 0: per map, 1: per layer, 2: whole network
uniform vec4 uHover;         // block, map, column, row under the pointer; block -1: none
in vec2 vCell;
flat in vec4 vCells;
flat in vec4 vSlot;
flat in vec4 vWhat;
flat in vec4 vState;
flat in float vOpening;
flat in float vFactor;
flat in float vSigned;
flat in int vStep;
flat in float vSort;
out vec4 colour;
float struck;                // how much of this pixel a line across the cell covers

bool present(ivec2 cell) {
  return float(cell.x) * vCells.y + float(cell.y) < vCells.z || vWhat.z != 1.0;
}

// a name has a hue of its own; all are equally light, so that none looks like more than another
vec3 named(float place) {
  float light = mix(0.78, 0.72, step(0.5, uGround.g));
  float a = 0.11 * cos(6.2831853 * place), b = 0.11 * sin(6.2831853 * place);
  vec3 lms = vec3(light + 0.3963377774 * a + 0.2158037573 * b,
                  light - 0.1055613458 * a - 0.0638541728 * b,
                  light - 0.0894841775 * a - 1.2914855480 * b);
  lms *= lms * lms;
  vec3 rgb = mat3(4.0767416621, -1.2684380046, -0.0041960863,
                  -3.3077115913, 2.6097574011, -0.7034186147,
                  0.2309699292, -0.3413193965, 1.7076147010) * lms;
  rgb = clamp(rgb, 0.0, 1.0);
  return mix(12.92 * rgb, 1.055 * pow(rgb, vec3(1.0 / 2.4)) - 0.055, step(0.0031308, rgb));
}

vec4 coloured(ivec2 cell, float scale) {
  cell = clamp(cell, ivec2(0), ivec2(vCells.xy) - 1);
  if (!present(cell)) return vec4(0.0);
  if (vWhat.z == 2.0) {                    // red, green and blue stand to the right of the face
    vec3 rgb;
    for (int c = 0; c < 3; c++)
      rgb[c] = texelFetch(uValues, ivec3(ivec2(vSlot.xy) + cell + ivec2((c + 1) * int(vCells.x), 0),
                                         int(vSlot.z)), 0).r / max(vState.w, 1e-6);
    return vec4(clamp(vSigned > 0.5 ? rgb * 0.5 + 0.5 : rgb, 0.0, 1.0), 1.0);
  }
  float value = texelFetch(uValues, ivec3(ivec2(vSlot.xy) + cell / vStep, int(vSlot.z)), 0).r;
  if (isinf(value)) return value > 0.0 ? vec4(uOdd, 1.0) : vec4(0.0);
  if (abs(value) > 5e4) {                  // infinite: struck out, minus on the ground
    vec3 end = texelFetch(uRamp, ivec2(512, 0), 0).rgb;
    return vec4(value > 0.0 ? mix(end, uGround, struck)
                            : mix(uGround, mix(uHairline, uInk, 0.3), struck), 1.0);
  }
  if (vSort == 3.0) return vec4(named(value), 1.0);
  float part = clamp(value / scale, -1.0, 1.0);
  return vec4(texture(uRamp, vec2((part * 256.0 + 256.5) / 513.0, 0.5)).rgb, 1.0);
}

void main() {
  float scale = uScaleMode == 0 ? vSlot.w
              : uScaleMode == 1 || vSort > 0.5 ? vState.w : uNetworkScale * vFactor;
  scale = max(scale, 1e-6);
  vec2 span = fwidth(vCell);               // cells per pixel
  float widest = max(span.x, span.y);
  float across = abs(fract(vCell.x + vCell.y) - 0.5) / max(span.x + span.y, 1e-5);
  struck = mix(0.3, 1.0 - smoothstep(0.2, 0.8, across), 1.0 - smoothstep(0.1, 0.25, widest));
  vec4 sum = vec4(0.0);
  if (widest <= 1.0) {                     // cells larger than pixels: sharp, with smooth borders
    vec2 at = vCell - 0.5;
    vec2 base = floor(at);
    vec2 part = clamp((at - base - 0.5) / max(span, 1e-5) + 0.5, 0.0, 1.0);
    ivec2 cell = ivec2(base);
    sum = mix(mix(coloured(cell, scale), coloured(cell + ivec2(1, 0), scale), part.x),
              mix(coloured(cell + ivec2(0, 1), scale), coloured(cell + ivec2(1, 1), scale), part.x),
              part.y);
  } else {                                 // many cells in a pixel: the mean of their colours
    int taps = int(min(4.0, ceil(widest)));
    for (int i = 0; i < taps; i++)
      for (int j = 0; j < taps; j++) {
        vec2 spread = (vec2(float(i), float(j)) + 0.5) / float(taps) - 0.5;
        sum += coloured(ivec2(floor(vCell + spread * span)), scale);
      }
    sum /= float(taps * taps);
  }
  ivec2 here = ivec2(floor(vCell));
  if (vCells.z < 0.5) {                    // no numbers: the outline of a block, and nothing in it
    vec2 rim = min(vCell, 1.0 - vCell) / max(span, vec2(1e-5));
    if (min(rim.x, rim.y) > 1.5) discard;
    colour = vec4(mix(mix(uHairline, uInk, 0.35), uGround, vState.z), 1.0);
    return;
  }
  if (!present(here) || sum.a == 0.0) discard;
  vec3 rgb = sum.a > 0.0 ? sum.rgb / max(sum.a, 0.001) : uGround;

  // the run: silent layers are at zero, a layer that was just computed flares up
  rgb = mix(mix(uZero, uGround, 0.35), rgb, vState.x);
  rgb += (rgb - uGround) * vState.y * 0.35;

  // deep in a closed stack it grows a little dimmer, so that the stack is read as one thing
  rgb = mix(rgb, uGround, 0.42 * vWhat.w * (1.0 - vOpening));
  // the summary dissolves as the layer opens
  if (vWhat.y < -0.5) {
    float grain = fract(sin(dot(floor(vCell), vec2(12.9898, 78.233))) * 43758.5453);
    if (grain < vOpening * 1.6 - 0.1) discard;
  }

  // borders of cells, once they are large enough; tiles have real gaps
  float pixels = 1.0 / max(widest, 1e-5);  // pixels per cell
  vec2 edge = min(fract(vCell), 1.0 - fract(vCell)) / max(span, vec2(1e-5));  // pixels to a border
  float nearest = min(edge.x, edge.y);
  if (vWhat.z == 1.0) {
    float gap = clamp(pixels * 0.07, 0.0, 3.0);
    float tile = mix(1.0, smoothstep(gap - 0.5, gap + 0.5, nearest), smoothstep(3.0, 7.0, pixels));
    rgb = mix(uGround, rgb, tile);
  } else {
    float line = (1.0 - smoothstep(0.2, 1.0, nearest)) * smoothstep(9.0, 26.0, pixels);
    rgb = mix(rgb, uGround, line * 0.5);
    vec2 rim = min(vCell, vCells.xy - vCell) / max(span, vec2(1e-5));
    float frame = 1.0 - smoothstep(0.4, 1.4, min(rim.x, rim.y));
    frame *= smoothstep(5.0, 22.0, min(vCells.x / span.x, vCells.y / span.y));  // not on tiny maps
    vec3 frameColour = mix(uHairline, uInk, 0.1 + 0.55 * vState.y);
    rgb = mix(rgb, frameColour, frame * 0.8);
  }

  rgb = mix(rgb, uGround, vState.z);       // not in the focus: it recedes
  if (uHover.x == vWhat.x && uHover.y == vWhat.y && ivec2(uHover.zw) == here) {
    float mark = 1.0 - smoothstep(1.2, 2.2, nearest);
    rgb = mix(rgb, uInk, pixels > 5.0 ? mark : 0.75);
  }
  colour = vec4(rgb, 1.0);
}
"""

LINES_VERTEX = """
precision highp float;
uniform mat4 uMatrix;
in vec3 position;
in float aLight;             // 0 quiet .. 1 lit
out float vLight;
void main() {
  vLight = aLight;
  gl_Position = uMatrix * vec4(position, 1.0);
}
"""

LINES_FRAGMENT = """
precision highp float;
uniform vec3 uQuiet, uLit;
in float vLight;
out vec4 colour;
void main() {
  colour = vec4(mix(uQuiet, uLit, vLight), 1.0);
}
"""

SEGMENTS_VERTEX = """
precision highp float;
uniform mat4 uMatrix;
in vec3 position;
void main() { gl_Position = uMatrix * vec4(position, 1.0); }
"""

SEGMENTS_FRAGMENT = """
precision highp float;
uniform vec3 uInk;
uniform float uStrength;
out vec4 colour;
void main() { colour = vec4(uInk, uStrength); }
"""
