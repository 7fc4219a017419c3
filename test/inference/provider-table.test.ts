import assert from 'node:assert/strict';
import { canonical, checkWishes, PROVIDERS } from '../../src/inference/provider-table.ts';

describe('provider table', () => {
  it('knows options of every kind of provider, and how each spells true and false', () => {
    const wishes = [
      {
        name: 'tensorrt',
        options: {
          trt_fp16_enable: true,
          trt_engine_cache_path: '/var/cache',
          trt_max_workspace_size: 2 ** 30,
          trt_profile_opt_shapes: 'x:8x3',
        },
      },
      { name: 'cuda', options: { gpu_mem_limit: 1000, use_tf32: false } },
      { name: 'openvino', options: { device_type: 'NPU', disable_dynamic_shapes: true } },
      { name: 'qnn', options: { backend_path: 'libQnnHtp.so', enable_htp_fp16_precision: true } },
    ];
    assert.deepEqual(
      checkWishes(wishes).map(({ name, options }) => [name, options]),
      [
        [
          'tensorrt',
          {
            trt_fp16_enable: '1',
            trt_engine_cache_path: '/var/cache',
            trt_max_workspace_size: '1073741824',
            trt_profile_opt_shapes: 'x:8x3',
          },
        ],
        ['cuda', { gpu_mem_limit: '1000', use_tf32: '0' }],
        ['openvino', { device_type: 'NPU', disable_dynamic_shapes: 'true' }],
        ['qnn', { backend_path: 'libQnnHtp.so', enable_htp_fp16_precision: '1' }],
      ],
    );
  });

  it('suggests the nearest name', () => {
    const refuses = (wish: Parameters<typeof checkWishes>[0][number], code: string, message: RegExp) =>
      assert.throws(() => checkWishes([wish]), { code, message });
    refuses('Cuda', 'inference/unknown-provider', /did you mean cuda\?/);
    refuses('tensorrrt', 'inference/unknown-provider', /did you mean tensorrt\?/);
    refuses('quantum', 'inference/unknown-provider', /there are cpu, cuda, tensorrt/);
    refuses(
      { name: 'tensorrt', options: { trt_fp16: true } },
      'inference/unknown-option',
      /no option trt_fp16; did you mean trt_fp16_enable\?|there are/,
    );
    refuses({ name: 'openvino', options: { device_typ: 'GPU' } }, 'inference/unknown-option', /did you mean device_type\?/);
    refuses({ name: 'qnn', options: { backendPath: 'x' } }, 'inference/unknown-option', /qnn has no option backendPath/);
    refuses('constructor', 'inference/unknown-provider', /constructor/);
  });

  it("takes the library's own names too", () => {
    for (const [name, { libraryName }] of Object.entries(PROVIDERS)) assert.equal(canonical(libraryName), name);
    assert.equal(canonical('SomethingExecutionProvider'), 'SomethingExecutionProvider');
  });
});
