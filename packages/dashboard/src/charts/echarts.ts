/** The parts of ECharts that the wall draws with, and no others: all of it would be twice the budget. */
import { BarChart, LineChart, PieChart } from 'echarts/charts'
import { AriaComponent, GridComponent, TitleComponent, TooltipComponent } from 'echarts/components'
import { use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'

use([BarChart, LineChart, PieChart, GridComponent, TitleComponent, TooltipComponent, AriaComponent, CanvasRenderer])
