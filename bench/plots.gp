# Draws the plots from the data files in the current folder.
set terminal svg size 720,440 font "sans,13" background rgb "white"
set style data linespoints
set key top left
set grid

set output "throughput_by_latency.svg"
set title "Throughput by the FHIR service's latency (studies of 50)"
set xlabel "latency, ms"
set ylabel "entries/s"
set logscale y
set key top right
plot for [i=0:1] "latency.dat" index i title columnheader(1) lw 2

set output "throughput_by_fetches.svg"
set title "Throughput by searches at once (20 ms, studies of 1)"
set xlabel "Engine:FetchConcurrency"
set logscale x 2
set key bottom right
plot for [i=0:1] "fetches.dat" index i title columnheader(1) lw 2

set output "cpu_by_study_size.svg"
set title "CPU an entry by the size of studies (0 ms)"
set xlabel "instances a study"
set ylabel "microseconds an entry"
set logscale x 10
set key top left
plot for [i=0:1] "cpu.dat" index i title columnheader(1) lw 2

set output "memory_by_entries.svg"
set title "Memory by entries done (Grouped, 0 ms, studies of 50)"
set xlabel "entries"
set ylabel "MB resident"
unset logscale
set yrange [0:*]
set key off
plot "memory.dat" with lines lw 2
