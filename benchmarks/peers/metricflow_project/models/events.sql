select * from read_parquet('{{ env_var("BENCH_EXPORTS") }}/*.parquet')
