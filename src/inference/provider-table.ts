// The execution providers we know by name, with the names of their options. A name that is mistyped would otherwise be
// dropped in silence, and the model would run on the processor.
import { nearestName } from '../core/graph/nearest-name.ts';
import type { ProviderWish } from './backend.ts';
import { InferenceError } from './inference-error.ts';

export interface ProviderEntry {
  /** The library's own name for it. */
  readonly libraryName: string;
  /** The name under which the library's general function adds it; absent where it has a function of its own, or needs none. */
  readonly appendName?: string;
  /** How the provider spells true and false. */
  readonly booleans: readonly [no: string, yes: string];
  readonly options: readonly string[];
}

/** The provider that is always there. */
export const CPU = 'cpu';

const digits = ['0', '1'] as const;
const words = ['false', 'true'] as const;

const list = (text: string): string[] => text.trim().split(/\s+/);

export const PROVIDERS: Readonly<Record<string, ProviderEntry>> = {
  cpu: { libraryName: 'CPUExecutionProvider', booleans: digits, options: [] },
  cuda: {
    libraryName: 'CUDAExecutionProvider',
    booleans: digits,
    options: list(`
      device_id has_user_compute_stream user_compute_stream gpu_mem_limit gpu_external_alloc gpu_external_free
      gpu_external_empty_cache arena_extend_strategy cudnn_conv_algo_search cudnn_conv_use_max_workspace
      cudnn_conv1d_pad_to_nc1d do_copy_in_default_stream enable_cuda_graph tunable_op_enable tunable_op_tuning_enable
      tunable_op_max_tuning_duration_ms enable_skip_layer_norm_strict_mode prefer_nhwc use_ep_level_unified_stream use_tf32
      fuse_conv_bias sdpa_kernel`),
  },
  tensorrt: {
    libraryName: 'TensorrtExecutionProvider',
    booleans: digits,
    options: list(`
      device_id has_user_compute_stream user_compute_stream trt_max_workspace_size trt_max_partition_iterations
      trt_min_subgraph_size trt_fp16_enable trt_bf16_enable trt_int8_enable trt_int8_calibration_table_name
      trt_int8_use_native_calibration_table trt_dla_enable trt_dla_core trt_engine_cache_enable trt_engine_cache_path
      trt_engine_cache_prefix trt_engine_decryption_enable trt_engine_decryption_lib_path trt_engine_hw_compatible
      trt_dump_subgraphs trt_force_sequential_engine_build trt_context_memory_sharing_enable trt_layer_norm_fp32_fallback
      trt_timing_cache_enable trt_timing_cache_path trt_force_timing_cache trt_detailed_build_log trt_build_heuristics_enable
      trt_sparsity_enable trt_builder_optimization_level trt_auxiliary_streams trt_tactic_sources trt_extra_plugin_lib_paths
      trt_preview_features trt_profile_min_shapes trt_profile_opt_shapes trt_profile_max_shapes trt_cuda_graph_enable
      trt_dump_ep_context_model trt_ep_context_file_path trt_ep_context_embed_mode trt_weight_stripped_engine_enable
      trt_onnx_model_folder_path trt_op_types_to_exclude trt_load_user_initializer`),
  },
  'tensorrt-rtx': {
    libraryName: 'NvTensorRTRTXExecutionProvider',
    appendName: 'NvTensorRTRTXExecutionProvider',
    booleans: digits,
    options: list(`
      device_id has_user_compute_stream user_compute_stream enable_cuda_graph nv_max_workspace_size nv_max_shared_mem_size
      nv_dump_subgraphs nv_detailed_build_log nv_runtime_cache_path nv_profile_min_shapes nv_profile_opt_shapes
      nv_profile_max_shapes nv_multi_profile_enable nv_use_external_data_initializer nv_op_types_to_exclude`),
  },
  openvino: {
    libraryName: 'OpenVINOExecutionProvider',
    appendName: 'OpenVINO',
    booleans: words,
    options: list(`
      device_type device_id device_luid precision num_of_threads num_streams cache_dir load_config context model_priority
      enable_opencl_throttling enable_qdq_optimizer enable_causallm disable_dynamic_shapes reshape_input layout`),
  },
  qnn: {
    libraryName: 'QNNExecutionProvider',
    appendName: 'QNN',
    booleans: digits,
    options: list(`
      backend_path backend_type device_id profiling_level profiling_file_path rpc_control_latency vtcm_mb htp_performance_mode
      htp_arch htp_graph_finalization_optimization_mode soc_model qnn_context_priority qnn_saver_path enable_htp_fp16_precision
      enable_htp_weight_sharing enable_htp_spill_fill_buffer enable_htp_shared_memory_allocator offload_graph_io_quantization
      dump_json_qnn_graph json_qnn_graph_dir op_packages`),
  },
  coreml: {
    libraryName: 'CoreMLExecutionProvider',
    appendName: 'CoreML',
    booleans: digits,
    options: list(`
      ModelFormat MLComputeUnits RequireStaticInputShapes EnableOnSubgraphs SpecializationStrategy ProfileComputePlan
      AllowLowPrecisionAccumulationOnGPU ModelCacheDirectory`),
  },
  webgpu: {
    libraryName: 'WebGpuExecutionProvider',
    appendName: 'WebGPU',
    booleans: digits,
    options: list(`
      preferredLayout validationMode storageBufferCacheMode uniformBufferCacheMode queryResolveBufferCacheMode
      defaultBufferCacheMode enableRobustness forceCpuNodeNames`),
  },
  dml: {
    libraryName: 'DmlExecutionProvider',
    appendName: 'DML',
    booleans: words,
    options: list('device_id performance_preference device_filter disable_metacommands'),
  },
  xnnpack: { libraryName: 'XnnpackExecutionProvider', appendName: 'XNNPACK', booleans: digits, options: list('intra_op_num_threads') },
  migraphx: {
    libraryName: 'MIGraphXExecutionProvider',
    appendName: 'MIGraphX',
    booleans: digits,
    options: list(`
      device_id migraphx_fp16_enable migraphx_bf16_enable migraphx_fp8_enable migraphx_int8_enable
      migraphx_int8_use_native_calibration_table migraphx_int8_calibration_table_name migraphx_model_cache_dir
      migraphx_exhaustive_tune migraphx_mem_limit migraphx_arena_extend_strategy`),
  },
  vitisai: {
    libraryName: 'VitisAIExecutionProvider',
    appendName: 'VitisAI',
    booleans: words,
    options: list('config_file cache_dir cache_key target xclbin log_level'),
  },
};

/** A wish with its provider looked up and its options as the library wants them. */
export interface CheckedWish {
  readonly name: string;
  readonly entry: ProviderEntry;
  readonly options: Readonly<Record<string, string>>;
}

/**
 * Looks up every provider and option of a wish list before anything is tried.
 *
 * @throws InferenceError `inference/unknown-provider`, `inference/unknown-option`.
 */
export function checkWishes(wishes: readonly ProviderWish[]): CheckedWish[] {
  if (wishes.length === 0)
    throw new InferenceError('inference/unknown-provider', 'The list of execution providers is empty; give at least cpu');
  return wishes.map((wish) => {
    const { name: written, options = {} } = typeof wish === 'string' ? { name: wish } : wish;
    const name = canonical(written);
    const entry = Object.hasOwn(PROVIDERS, name) ? PROVIDERS[name] : undefined;
    if (entry === undefined) throw unknownProvider(written);
    const known = new Set(entry.options);
    for (const option of Object.keys(options)) if (!known.has(option)) throw unknownOption(name, option, entry);
    const [no, yes] = entry.booleans;
    const text = (value: string | number | boolean) => (typeof value === 'boolean' ? (value ? yes : no) : String(value));
    return { name, entry, options: Object.fromEntries(Object.entries(options).map(([key, value]) => [key, text(value)])) };
  });
}

/** Our name for one of the library's, such as `CPUExecutionProvider`; the same name where it is none. */
export function canonical(name: string): string {
  const entry = Object.entries(PROVIDERS).find(([, { libraryName }]) => libraryName === name);
  return entry?.[0] ?? name;
}

function unknownProvider(name: string): InferenceError {
  const known = Object.keys(PROVIDERS);
  return new InferenceError('inference/unknown-provider', `There is no execution provider ${name}; ${suggestion(name, known)}`);
}

function unknownOption(provider: string, option: string, { options }: ProviderEntry): InferenceError {
  const advice = options.length === 0 ? 'it has none' : suggestion(option, options);
  return new InferenceError('inference/unknown-option', `The execution provider ${provider} has no option ${option}; ${advice}`);
}

function suggestion(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  return nearest === undefined ? `there are ${known.join(', ')}` : `did you mean ${nearest}?`;
}
